// An order that is quoted, placed, edited, found again and archived, through every service: the order, its stock and
// the ledger agree at every step.
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { Business, type Order } from './business.ts';

async function stockIs(business: Business, variantId: string, onHand: number, reserved: number): Promise<void> {
  await business.untilStock(variantId, (stock) => stock.onHand === onHand && stock.reserved === reserved);
  await business.checkLedger(variantId);
}
const euros = (amount: number) => ({ amount, currency: 'EUR' });
const edit = (business: Business, id: string, body: object, ifMatch?: number) =>
  business.call<Order & { code?: string; shortages?: object[] }>('PATCH', `/v1/orders/${id}`, {
    body,
    ...(ifMatch === undefined ? {} : { headers: { 'if-match': `"${ifMatch}"` } }),
  });

it('quotes, places, edits up and down, is refused what is not there, and ends with its stock given back', async () => {
  const business = await Business.signUp();
  const customer = await business.registerCustomer();
  const [cap, scarf] = [await business.stockVariant(5, 1_000), await business.stockVariant(3, 500)];
  const charges = [
    { kind: 'shipping', label: 'Post', amount: euros(490) },
    { kind: 'discount', label: 'Friends', amount: euros(-90) },
  ];
  const asked = { lines: [{ variantId: cap, quantity: 2 }], charges };
  const quote = await business.call<{ total: object; isAvailable: boolean; lines: { available: number }[] }>(
    'POST',
    '/v1/orders/quote',
    { body: asked },
  );
  expect(quote).toMatchObject({
    status: 200,
    body: { total: euros(2_400), isAvailable: true, lines: [{ available: 5 }] },
  });
  expect((await business.call('POST', '/v1/orders/quote', { body: asked, token: customer.token })).status).toBe(403);

  const body = { ...asked, customerId: customer.id, expectedTotal: quote.body.total, note: 'ring' };
  const key = randomUUID();
  const placed = await business.call<Order>('POST', '/v1/orders', { body, key });
  expect(placed, placed.text).toMatchObject({
    status: 201,
    body: { status: 'CONFIRMED', total: euros(2_400), charges },
  });
  const { id, number } = placed.body;
  expect(number).toBe('#1001');
  await stockIs(business, cap, 5, 2);

  // Another price of what is ordered already changes nothing; what is new is sold at the price of now.
  const lines = [
    { variantId: cap, quantity: 5 },
    { variantId: scarf, quantity: 1 },
  ];
  const more = await edit(business, id, { lines }, placed.body.version);
  expect(more, more.text).toMatchObject({ status: 200, body: { total: euros(5_900), lines } });
  await stockIs(business, cap, 5, 5);
  await stockIs(business, scarf, 3, 1);
  expect((await edit(business, id, { note: 'x' }, placed.body.version)).status).toBe(412);

  const tooMany = await edit(business, id, { lines: [{ variantId: scarf, quantity: 4 }], note: 'lost' });
  expect(tooMany).toMatchObject({ status: 409, body: { code: 'insufficient_stock' } });
  expect(tooMany.body.shortages).toEqual([{ variantId: scarf, requested: 4, available: 3 }]);
  const asBefore = await business.call<Order>('GET', `/v1/orders/${id}`, { token: customer.token });
  expect(asBefore.body).toMatchObject({ note: 'ring', total: euros(5_900), lines });
  await stockIs(business, scarf, 3, 1);

  // A note and an address move no stock.
  const address = { name: 'Nils', line1: 'Street 1', city: 'Oslo', country: 'NO' };
  expect((await edit(business, id, { note: null, shippingAddress: address })).body).toMatchObject({
    shippingAddress: address,
  });
  const less = await edit(business, id, { lines: [{ variantId: cap, quantity: 1 }], charges: [] });
  expect(less).toMatchObject({ status: 200, body: { total: euros(1_000) } });
  await stockIs(business, cap, 5, 1);
  await stockIs(business, scarf, 3, 0);
  const replay = await business.call<Order>('POST', '/v1/orders', { body, key });
  expect(replay.body).toEqual(placed.body);

  const list = (query: string) => business.all<Order>(`/v1/orders?${query}`);
  expect(await list(`q=%231001&variantId=${cap}`)).toMatchObject([{ id, payment: { status: 'none' } }]);
  expect(await list(`variantId=${scarf}`)).toEqual([]);
  expect((await business.call('DELETE', `/v1/orders/${id}`)).status).toBe(409);
  await business.call('POST', `/v1/orders/${id}/cancel`, { token: customer.token });
  await stockIs(business, cap, 5, 0);
  expect((await business.call('DELETE', `/v1/orders/${id}`)).status).toBe(204);
  expect(await list('q=1001')).toEqual([]);
  expect(await list('q=1001&archived=true')).toMatchObject([{ id, isArchived: true, status: 'CANCELLED' }]);
  expect(await edit(business, id, { note: 'late' })).toMatchObject({ status: 409, body: { code: 'order_archived' } });
  const timeline = await business.call<{ data: { event: string }[] }>('GET', `/v1/orders/${id}/timeline`);
  expect(timeline.body.data.map(({ event }) => event).filter((event) => event?.startsWith('order.edit'))).toEqual([
    'order.edit_requested',
    'order.edited',
    'order.edit_requested',
    'order.edit_rejected',
    'order.edited',
    'order.edit_requested',
    'order.edited',
  ]);
});

it('edits by many at once keep the order and its stock together', async () => {
  const business = await Business.signUp();
  const variantId = await business.stockVariant(50, 1_000);
  const { body: order } = await business.order(variantId, 1);
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) => edit(business, order.id, { lines: [{ variantId, quantity: (n % 9) + 2 }] })),
  );
  const done = answers.filter(({ status }) => status === 200);
  expect(done.length).toBeGreaterThan(0);
  for (const { status, body } of answers)
    expect([200, 409].includes(status) && [undefined, 'change_pending'].includes(body.code), body.code).toBe(true);
  const { body: last } = await business.call<Order>('GET', `/v1/orders/${order.id}`);
  expect(done.map(({ body }) => body.version)).toContain(last.version);
  expect(last.total).toEqual(euros(last.lines[0]!.quantity * 1_000));
  await stockIs(business, variantId, 50, last.lines[0]!.quantity);
});
