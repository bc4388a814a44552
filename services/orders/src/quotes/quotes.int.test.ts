// Quotes through the service's HTTP application; a server of the test answers as inventory does.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asTenant } from '@holdfast/shared/persistence';
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openFixture, variantEvent } from '../orders.fixture.ts';

type Asked = { url: string; authorization: string | undefined; body: { tenantId: string; variantIds: string[] } };
const asked: Asked[] = [];
let available: Record<string, number> | undefined = {};
const inventory = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = JSON.parse(Buffer.concat(chunks).toString()) as Asked['body'];
  asked.push({ url: request.url!, authorization: request.headers.authorization, body });
  const known = available ?? {};
  const variants = body.variantIds.flatMap((id) => (id in known ? [{ variantId: id, available: known[id] }] : []));
  response.writeHead(available === undefined ? 503 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ variants }));
});
await new Promise<void>((resolve) => inventory.listen(0, '127.0.0.1', resolve));
const fixture = await openFixture({ inventoryUrl: `http://127.0.0.1:${(inventory.address() as AddressInfo).port}` });
afterAll(async () => {
  await fixture.close();
  inventory.close();
});
beforeEach(() => {
  asked.length = 0;
  available = { [fixture.variantId]: 40 };
});

const { tenantId, variantId, send, deliver } = fixture;
const staff = { role: 'STAFF', userId: 'usr_s' } as const;
const quote = (body: object, who: object = staff) => send('POST', '/v1/orders/quote', { body, ...who });
const charge = (kind: string, amount: number) => ({ kind, label: kind, amount: { amount, currency: 'EUR' } });

describe('a quote', () => {
  it('has prices, charges and what can be had, and stores nothing', async () => {
    const other = newId('var');
    await deliver(variantEvent(tenantId, other, { amount: 300 }));
    const lines = [
      { variantId, quantity: 2 },
      { variantId: other, quantity: 1 },
      { variantId, quantity: 3 },
    ];
    const charges = [charge('shipping', 490), charge('discount', -100)];
    const { status, body } = await quote({ lines, charges });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toEqual({
      lines: [
        expect.objectContaining({
          variantId,
          quantity: 5,
          total: { amount: 2_500, currency: 'EUR' },
          available: 40,
          isAvailable: true,
        }),
        expect.objectContaining({
          variantId: other,
          unitPrice: { amount: 300, currency: 'EUR' },
          available: 0,
          isAvailable: false,
        }),
      ],
      charges,
      total: { amount: 3_190, currency: 'EUR' },
      isAvailable: false,
      quotedAt: expect.stringMatching(/Z$/),
    });
    expect(asked).toEqual([
      {
        url: '/internal/availability',
        authorization: `Bearer ${fixture.deps.config.INTERNAL_TOKEN}`,
        body: { tenantId, variantIds: [variantId, other] },
      },
    ]);
    const orders = fixture.deps.database.db.collection('orders');
    expect(await asTenant(tenantId, () => orders.countDocuments({ tenantId }))).toBe(0);
  });

  it('for a customer hides how much there is, and takes no charges and nothing that is not for sale', async () => {
    const customer = { role: 'CUSTOMER', userId: 'usr_a' };
    expect((await quote({ lines: [{ variantId, quantity: 11 }] }, customer)).body).toMatchObject({
      lines: [{ available: 10, isAvailable: true }],
      isAvailable: true,
    });
    const charged = await quote({ lines: [{ variantId, quantity: 1 }], charges: [charge('discount', -1)] }, customer);
    expect(charged).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const draft = newId('var');
    await deliver(variantEvent(tenantId, draft, { forSale: false }));
    const lines = [{ variantId: draft, quantity: 1 }];
    expect(await quote({ lines }, customer)).toMatchObject({ status: 422, body: { code: 'unknown_variant' } });
    expect(await quote({ lines })).toMatchObject({ status: 422, body: { code: 'variant_not_for_sale' } });
  });

  it('is what an order costs then: its total is an expectation that holds', async () => {
    const charges = [charge('tax', 95), charge('discount', -595)];
    const lines = [{ variantId, quantity: 1 }];
    const { total } = (await quote({ lines, charges })).body;
    expect(total).toEqual({ amount: 0, currency: 'EUR' });
    const place = (expectedTotal: unknown) =>
      send('POST', '/v1/orders', {
        body: { lines, charges, expectedTotal },
        key: newId('key'),
        prefer: 'respond-async',
        ...staff,
      });
    expect(await place(total)).toMatchObject({ status: 202, body: { total, charges } });
    const other = await place({ amount: 500, currency: 'EUR' });
    expect(other).toMatchObject({ status: 409, body: { code: 'price_changed', total } });
    const below = await quote({ lines, charges: [charge('discount', -501)] });
    expect(below).toMatchObject({ status: 422, body: { code: 'total_negative' } });
  });

  it('is 503 while the stock cannot be asked for', async () => {
    available = undefined;
    const answer = await quote({ lines: [{ variantId, quantity: 1 }] });
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(answer.headers['retry-after']).toBeDefined();
  });
});
