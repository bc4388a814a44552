// An order that leaves in parcels from two locations, arrives, and comes back in part, through every service: the
// order, its stock and the ledger agree at every step, and sockets hear of it once.
import { randomUUID } from 'node:crypto';
import { until } from '@holdfast/shared/testing';
import { io } from 'socket.io-client';
import { expect, it } from 'vitest';
import { Business, type Order } from './business.ts';

type Made = { id: string };

async function call<Body = Made>(business: Business, path: string, body?: unknown, token?: string): Promise<Body> {
  const options = { key: randomUUID(), ...(body === undefined ? {} : { body }), ...(token ? { token } : {}) };
  const answer = await business.call<Body>('POST', path, options);
  expect([200, 201], `${path}: ${answer.text}`).toContain(answer.status);
  return answer.body;
}
/** Waits until the variant has so many on hand and reserved, by the ledger too. */
async function stockIs(business: Business, variantId: string, onHand: number, reserved: number): Promise<void> {
  await business.untilStock(variantId, (stock) => stock.onHand === onHand && stock.reserved === reserved);
  await business.checkLedger(variantId);
}
const orderOf = async (business: Business, id: string) => (await business.call<Order>('GET', `/v1/orders/${id}`)).body;

it('ships in two parcels from two locations, takes one unit back, and closes', async () => {
  const business = await Business.signUp();
  const customer = await business.registerCustomer();
  const staff = await business.employ('STAFF');
  const support = await business.employ('SUPPORT');
  const variantId = await business.stockVariant(2);
  const { id: east } = await call(business, '/v1/locations', { name: 'east' });
  await call(business, '/v1/adjustments', { variantId, locationId: east, delta: 1, reason: 'found' });
  const placed = await business.order(variantId, 3, { token: customer.token });
  expect(placed).toMatchObject({ status: 201, body: { status: 'CONFIRMED' } });
  const { id } = placed.body;
  await stockIs(business, variantId, 3, 3);

  const socket = io(business.url, { transports: ['websocket'], auth: { token: customer.token }, forceNew: true });
  const heard: { orderId: string; status: string }[] = [];
  socket.on('order.status', (message) => heard.push(message));
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));

  // What is available is nothing: what was reserved leaves all the same.
  const path = `/v1/orders/${id}`;
  const first = await call(business, `${path}/fulfilments`, { locationId: east, carrier: 'DHL' }, staff.token);
  expect(first).toMatchObject({ lines: [{ variantId, locationId: east, quantity: 1 }] });
  await stockIs(business, variantId, 2, 2);
  expect(await orderOf(business, id)).toMatchObject({ status: 'PARTIALLY_SHIPPED', lines: [{ shipped: 1 }] });
  const second = await call(business, `${path}/fulfilments`, undefined, staff.token);
  await stockIs(business, variantId, 0, 0);
  await call(business, `${path}/fulfilments/${first.id}/deliver`, undefined, staff.token);
  await call(business, `${path}/fulfilments/${second.id}/deliver`, undefined, staff.token);
  expect((await orderOf(business, id)).status).toBe('DELIVERED');

  const lines = [{ variantId, quantity: 1, reason: 'too small' }];
  const asked = await call(business, `${path}/returns`, { lines }, customer.token);
  expect((await business.call('POST', `/v1/returns/${asked.id}/approve`, { token: staff.token })).status).toBe(403);
  await call(business, `/v1/returns/${asked.id}/approve`, undefined, support.token);
  const arrived = { lines: [{ variantId, quantity: 1, condition: 'new', restock: true, locationId: east }] };
  const key = randomUUID();
  const receive = () => business.call('POST', `/v1/returns/${asked.id}/receive`, { key, body: arrived });
  expect((await receive()).status).toBe(200);
  await stockIs(business, variantId, 1, 0);
  expect((await receive()).headers.get('idempotency-replayed')).toBe('true');
  expect(await business.call('POST', `/v1/returns/${asked.id}/receive`, { body: arrived })).toMatchObject({
    status: 409,
    body: { code: 'illegal_transition' },
  });
  await call(business, `/v1/returns/${asked.id}/close`, undefined, support.token);
  expect(await business.all('/v1/returns', customer.token)).toMatchObject([{ id: asked.id, status: 'CLOSED' }]);
  // Nothing of it has moved stock again.
  await stockIs(business, variantId, 1, 0);
  const movements = await business.all<{ kind: string; onHandDelta: number; locationId: string }>(
    `/v1/movements?variantId=${variantId}`,
  );
  const moved = movements.filter(({ kind }) => kind === 'shipment' || kind === 'return').reverse();
  expect(moved.map(({ kind, onHandDelta, locationId }) => [kind, onHandDelta, locationId === east])).toEqual([
    ['shipment', -1, true],
    ['shipment', -2, false],
    ['return', 1, true],
  ]);
  // What came before may be told just after the socket listens.
  const before: readonly string[] = ['PENDING', 'CONFIRMED'];
  const own = () =>
    heard.flatMap(({ orderId, status }) => (orderId === id && !before.includes(status) ? [status] : []));
  await until(() => own().includes('DELIVERED'), { what: 'the customer hears of the delivery' });
  expect(own()).toEqual(['PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED']);
  socket.disconnect();
});

it('gives back only what has not left when the rest of an order is cancelled', async () => {
  const business = await Business.signUp();
  const variantId = await business.stockVariant(5, 1_000);
  const { body: order } = await business.order(variantId, 4);
  const path = `/v1/orders/${order.id}`;
  await call(business, `${path}/fulfilments`, { lines: [{ variantId, quantity: 1 }] });
  await stockIs(business, variantId, 4, 3);
  const cancelled = await call<Order>(business, `${path}/cancel`, { reason: 'sold out' });
  expect(cancelled).toMatchObject({
    status: 'SHIPPED',
    total: { amount: 1_000 },
    lines: [{ cancelled: 3, shipped: 1 }],
  });
  await stockIs(business, variantId, 4, 0);
  expect((await business.order(variantId, 4)).status).toBe(201);
});
