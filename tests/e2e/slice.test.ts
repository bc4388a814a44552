// One order through every service: sign up, stock, register, order, confirm, watch, cancel.
import { randomUUID } from 'node:crypto';
import { until } from '@holdfast/shared/testing';
import { io, type Socket } from 'socket.io-client';
import { afterEach, expect, it } from 'vitest';
import { Business, type Order } from './business.ts';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
});

type Heard = { name: string; message: Record<string, unknown> };

async function connect(business: Business, token: string): Promise<{ socket: Socket; heard: Heard[] }> {
  const socket = io(business.url, { transports: ['websocket'], auth: { token }, forceNew: true, reconnection: false });
  sockets.push(socket);
  const heard: Heard[] = [];
  socket.onAny((name: string, message: Record<string, unknown>) => heard.push({ name, message }));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  return { socket, heard };
}

it('takes an order through every service and gives the stock back when it is cancelled', async () => {
  const business = await Business.signUp();
  const variantId = await business.stockVariant(50, 2_500);
  const customer = await business.registerCustomer();
  const mine = await connect(business, customer.token);
  const staff = await connect(business, business.owner.token);
  const topics = [`variant:${variantId}`];
  expect(await mine.socket.emitWithAck('subscribe', { topics })).toEqual({ topics });

  const placed = await business.order(variantId, 2, { token: customer.token });
  expect(placed.status).toBe(201);
  const order = placed.body;
  expect(order).toMatchObject({
    status: 'CONFIRMED',
    customerId: customer.id,
    total: { amount: 5_000, currency: 'EUR' },
  });
  expect(order.allocations).toMatchObject([{ variantId, quantity: 2 }]);
  expect(placed.headers.get('location')).toBe(`/v1/orders/${order.id}`);

  const isConfirmed = ({ name, message }: Heard) =>
    name === 'order.status' && message.orderId === order.id && message.status === 'CONFIRMED';
  const shown = await until(() => mine.heard.find(isConfirmed), { what: 'the customer hears of it' });
  expect(shown.message).toMatchObject({ from: 'PENDING', version: 2 });
  expect(shown.message).not.toHaveProperty('sequence');
  const atStaff = await until(() => staff.heard.find(isConfirmed), { what: 'staff hear of it' });
  expect(atStaff.message.sequence).toBeTypeOf('number');
  const exact = await until(
    () => staff.heard.find((one) => one.name === `stockUpdated:${business.tenantId}` && one.message.available === 48),
    { what: 'staff hear of the stock' },
  );
  expect(exact.message).toMatchObject({ variantId, onHand: 50, reserved: 2 });
  const capped = await until(() => mine.heard.find((one) => one.name === 'stock.updated'), {
    what: 'the customer hears of the stock',
  });
  expect(capped.message).toMatchObject({ variantId, available: 10 });
  expect(capped.message).not.toHaveProperty('onHand');

  const cancelled = await business.call<Order>('POST', `/v1/orders/${order.id}/cancel`, {
    token: customer.token,
    body: { reason: 'changed my mind' },
  });
  expect(cancelled).toMatchObject({ status: 200, body: { status: 'CANCELLED', cancelReason: 'changed my mind' } });
  await business.untilStock(variantId, ({ available }) => available === 50);
  await until(() => mine.heard.find((one) => one.name === 'order.status' && one.message.status === 'CANCELLED'), {
    what: 'the customer hears of the cancellation',
  });
  const timeline = await business.call<{ data: { from: string | null; to: string; actor: string }[] }>(
    'GET',
    `/v1/orders/${order.id}/timeline`,
  );
  expect(timeline.body.data.map(({ from, to }) => [from, to])).toEqual([
    [null, 'PENDING'],
    ['PENDING', 'CONFIRMED'],
    ['CONFIRMED', 'CANCELLED'],
  ]);
  expect(timeline.body.data.map((entry) => entry.actor)).toEqual([customer.id, 'system', customer.id]);
  const again = await business.call('POST', `/v1/orders/${order.id}/cancel`, { token: customer.token });
  expect(again).toMatchObject({
    status: 409,
    body: { code: 'illegal_transition', status: 409, orderStatus: 'CANCELLED', allowed: [] },
  });
  await business.checkLedger(variantId);
});

it('answers the same order for the same Idempotency-Key, and refuses the key for another body', async () => {
  const business = await Business.signUp();
  const variantId = await business.stockVariant(5);
  const key = randomUUID();
  const copies = await Promise.all(Array.from({ length: 10 }, () => business.order(variantId, 1, { key })));
  expect(new Set(copies.map((copy) => `${copy.status} ${copy.body.id}`)).size).toBe(1);
  expect(copies[0]!.status).toBe(201);
  const replay = await business.order(variantId, 1, { key });
  expect(replay.headers.get('idempotency-replayed')).toBe('true');
  expect(replay.body).toEqual(copies[0]!.body);
  const other = await business.order(variantId, 2, { key });
  expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  expect(await business.stock(variantId)).toMatchObject({ reserved: 1 });
  const noKey = await business.call('POST', '/v1/orders', { body: { lines: [{ variantId, quantity: 1 }] } });
  expect(noKey).toMatchObject({ status: 400, body: { code: 'idempotency_key_required' } });
});

it('a replay keeps the first decision, whatever happened to the order since', async () => {
  const business = await Business.signUp();
  const variantId = await business.stockVariant(1);
  const [winner, loser] = [randomUUID(), randomUUID()];
  const first = await business.order(variantId, 1, { key: winner });
  // Decided by inventory, not by the short memory of what is sold out: only a decision is kept.
  await until(async () => (await business.order(variantId, 1, { key: loser })).body.orderId, {
    what: 'inventory has decided about the second order',
  });
  await business.call('POST', `/v1/orders/${first.body.id}/cancel`);
  await business.untilStock(variantId, ({ available }) => available === 1);
  expect(await business.order(variantId, 1, { key: winner })).toMatchObject({
    status: 201,
    body: { id: first.body.id, status: 'CONFIRMED' },
  });
  expect(await business.order(variantId, 1, { key: loser })).toMatchObject({
    status: 409,
    body: { code: 'insufficient_stock' },
  });
});

it('accepts asynchronously, and the order can be waited for', async () => {
  const business = await Business.signUp();
  const variantId = await business.stockVariant(5);
  const accepted = await business.order(variantId, 1, { headers: { prefer: 'respond-async' } });
  expect(accepted).toMatchObject({ status: 202, body: { status: 'PENDING' } });
  const location = accepted.headers.get('location')!;
  const waited = await business.call<Order>('GET', location, { headers: { prefer: 'wait=10' } });
  expect(waited).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
});

it('all lines or none, merged by variant', async () => {
  const business = await Business.signUp();
  const [plenty, scarce] = [await business.stockVariant(100), await business.stockVariant(1)];
  const lines = [
    { variantId: plenty, quantity: 5 },
    { variantId: scarce, quantity: 2 },
  ];
  const refused = await business.call('POST', '/v1/orders', { key: randomUUID(), body: { lines } });
  expect(refused).toMatchObject({
    status: 409,
    body: { shortages: [{ variantId: scarce, requested: 2, available: 1 }] },
  });
  expect(await business.stock(plenty)).toMatchObject({ reserved: 0 });
  const twice = [
    { variantId: plenty, quantity: 2 },
    { variantId: plenty, quantity: 3 },
  ];
  const merged = await business.call<Order>('POST', '/v1/orders', { key: randomUUID(), body: { lines: twice } });
  expect(merged).toMatchObject({ status: 201, body: { lines: [{ variantId: plenty, quantity: 5 }] } });
  await business.checkLedger(plenty);
  await business.checkLedger(scarce);
});

it('adjustments change what can be sold, and never take what is reserved', async () => {
  const business = await Business.signUp();
  const variantId = await business.stockVariant(0);
  const key = randomUUID();
  const body = { variantId, delta: 3, reason: 'received' };
  const first = await business.call('POST', '/v1/adjustments', { key, body });
  expect(first).toMatchObject({ status: 201, body: { delta: 3, onHandAfter: 3 } });
  const replay = await business.call('POST', '/v1/adjustments', { key, body });
  expect(replay.body).toEqual(first.body);
  // For up to a second an order may still be told that the variant is sold out; nothing is stored for it.
  const confirmed = async () => {
    const answer = await business.order(variantId, 2);
    return answer.status === 201 && answer;
  };
  const order = await until(confirmed, { what: 'what came in is sold' });
  const refused = await business.call('POST', '/v1/adjustments', {
    key: randomUUID(),
    body: { variantId, delta: -2, reason: 'lost' },
  });
  expect(refused).toMatchObject({ status: 409, body: { code: 'would_break_reservations', orderIds: [order.body.id] } });
  const stale = await business.call('POST', '/v1/adjustments', {
    key: randomUUID(),
    body: { variantId, count: 9, expectedOnHand: 4, reason: 'stocktake' },
  });
  expect(stale).toMatchObject({ status: 409, body: { code: 'count_is_stale', onHand: 3 } });
  const counted = await business.call('POST', '/v1/adjustments', {
    key: randomUUID(),
    body: { variantId, count: 9, expectedOnHand: 3, reason: 'stocktake' },
  });
  expect(counted).toMatchObject({ status: 201, body: { delta: 6, onHandAfter: 9 } });
  expect(await business.checkLedger(variantId)).toMatchObject({ onHand: 9, reserved: 2 });
});

it('an order placed after a cancellation finds the stock that came back', async () => {
  const business = await Business.signUp();
  const variantId = await business.stockVariant(1);
  for (let round = 0; round < 5; round++) {
    const order = await business.order(variantId, 1);
    expect(order.status, order.text).toBe(201);
    expect((await business.call('POST', `/v1/orders/${order.body.id}/cancel`)).status).toBe(200);
  }
});
