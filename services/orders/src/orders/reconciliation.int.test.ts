// What inventory is told about orders when it reconciles, on real servers.
import { randomUUID } from 'node:crypto';
import { makeEvent, reservationHeld } from '@holdfast/shared/contracts';
import { internalToken } from '@holdfast/shared/testing';
import { stampNow, systemClock } from '@holdfast/shared/values';
import { afterAll, expect, it } from 'vitest';
import { openFixture } from '../orders.fixture.ts';

const fixture = await openFixture();
afterAll(() => fixture.close());
const { app, tenantId, variantId, line, place, deliver, outcome, send, stored } = fixture;

async function ask(name: string, payload: object, token = internalToken) {
  const url = `/internal/reconciliation/${name}`;
  const answer = await app.inject({ method: 'POST', url, payload, headers: { authorization: `Bearer ${token}` } });
  return { status: answer.statusCode, body: answer.json() };
}

it('orders say what they demand: what is pending, what holds stock, what has ended; only those of the tenant', async () => {
  const ids = [await place(), await place(), await place()].map(({ body }) => body.id);
  const [pending, confirmed, cancelled] = ids as [string, string, string];
  await deliver(outcome('held', confirmed), outcome('held', cancelled));
  await send('POST', `/v1/orders/${cancelled}/cancel`);
  const { body } = await ask('orders', { tenantId, ids: [...ids, 'ord_nobody'] });
  const facts = new Map((body.orders as { id: string; demand: string; request: number }[]).map((one) => [one.id, one]));
  expect(facts.size).toBe(3);
  expect(facts.get(pending)).toMatchObject({ demand: 'pending', request: 1 });
  expect(facts.get(confirmed)).toMatchObject({ demand: 'holds', lines: [{ variantId, quantity: 1 }] });
  expect(facts.get(cancelled)).toMatchObject({ demand: 'none', request: 2 });
  expect((await ask('orders', { tenantId: 'ten_other', ids })).body).toEqual({ orders: [] });
  expect(await ask('orders', { tenantId, ids }, 'wrong')).toMatchObject({ status: 401 });
  expect(await ask('orders', { tenantId, ids, more: 1 })).toMatchObject({ status: 400 });
});

/** All that hold stock, page by page. */
async function allHolding(limit: number) {
  const seen: { id: string; lines: object[] }[] = [];
  for (let after: object | null = {}; after !== null; ) {
    const { body } = await ask('holding', { tenantId, limit, ...(Object.keys(after).length > 0 && { after }) });
    seen.push(...body.orders);
    after = body.next as object | null;
  }
  return seen;
}

it('those that hold stock come page by page, each once', async () => {
  const orders = await Promise.all([1, 2, 3].map(() => place()));
  await deliver(...orders.map(({ body }) => outcome('held', body.id)));
  const seen = await allHolding(2);
  for (const { body } of orders) expect(seen.filter(({ id }) => id === body.id)).toHaveLength(1);
});

it('those of which a part has left come with the rest', async () => {
  const { body } = await place(randomUUID(), 'respond-async', line(3));
  const allocations = [{ variantId, locationId: 'loc_m', quantity: 3 }];
  const about = { tenantId, id: body.id, version: 1 };
  await deliver(
    makeEvent(reservationHeld, about, stampNow(systemClock), { orderId: body.id, request: 1, allocations }),
  );
  const left = { body: { lines: [{ variantId, quantity: 1 }] }, role: 'STAFF', userId: 'usr_s' } as const;
  expect((await send('POST', `/v1/orders/${body.id}/fulfilments`, left)).status).toBe(201);
  const seen = (await allHolding(2)).filter(({ id }) => id === body.id);
  expect(seen).toMatchObject([{ demand: 'holds', lines: [{ variantId, quantity: 2 }] }]);
});

it('an order demands again by its next request, once for each number, and only while it holds stock', async () => {
  const { body } = await place();
  expect((await ask('demand', { tenantId, id: body.id, request: 1 })).body).toEqual({ isAsked: false });
  await deliver(outcome('held', body.id));
  const demand = () => ask('demand', { tenantId, id: body.id, request: 1 });
  expect((await demand()).body).toEqual({ isAsked: true });
  expect((await demand()).body).toEqual({ isAsked: false });
  const document = await stored(body.id);
  expect(document).toMatchObject({ status: 'CONFIRMED', request: 2, version: 3 });
  expect(JSON.parse(document.events[0]!.body)).toMatchObject({
    type: 'com.holdfast.order.placed.v1',
    data: { request: 2, lines: [{ variantId, quantity: 1 }] },
  });
  // What inventory answers changes nothing: nobody waits for it.
  await deliver(outcome('rejected', body.id, 2));
  expect(await stored(body.id)).toMatchObject({ status: 'CONFIRMED', version: 3 });
});
