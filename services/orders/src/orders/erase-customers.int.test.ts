// The personal data in the orders of an erased customer goes, all of it, whatever happens meanwhile.
import { randomUUID } from 'node:crypto';
import { makeEvent, userErased, userSnapshot } from '@holdfast/shared/contracts';
import { asSystem } from '@holdfast/shared/persistence';
import { newId, stampNow, systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { erasedOrdersMax, erasureSettleMs } from '../limits.ts';
import { type Fixture, openFixture } from '../orders.fixture.ts';
import { createCustomerStore } from '../projections/customers.store.ts';
import { eraseCustomers } from './erase-customers.job.ts';

let orders: Fixture;
beforeAll(async () => {
  orders = await openFixture();
});
afterAll(() => orders.close());

let aheadMs = 0;
const clock = { ...systemClock, now: () => new Date(Date.now() + aheadMs) };
const customers = () => createCustomerStore(orders.deps.database);
const run = () => eraseCustomers({ ...orders.deps.orders, customers: customers(), clock });

async function place(userId: string, canary: string) {
  const personal = {
    shippingAddress: { name: canary, line1: canary, city: 'Oslo', country: 'NO' },
    note: `ring at ${canary}`,
    metadata: { gift: canary },
  };
  const body = { ...orders.line(), ...personal };
  const answer = await orders.send('POST', '/v1/orders', { userId, body, key: randomUUID(), prefer: 'respond-async' });
  expect(answer.status).toBe(202);
  return answer.body.id as string;
}
const factsOf = (userId: string) => ({
  userId,
  role: 'CUSTOMER',
  status: 'deleted' as const,
  accessVersion: 5,
  erasedAt: new Date().toISOString(),
});
const about = (id: string) => ({ tenantId: orders.tenantId, id, version: 5 });
const erased = (userId: string) => makeEvent(userErased, about(userId), stampNow(systemClock), factsOf(userId));
const everything = async () =>
  JSON.stringify(await asSystem('test', () => orders.deps.database.db.collection('orders').find({}).toArray()));
const customer = async (_id: string) =>
  asSystem('test', () => orders.deps.database.db.collection<{ _id: string }>('customers').findOne({ _id }));

it('with an event per order, and nothing of others', async () => {
  const [userId, otherId] = [newId('usr'), newId('usr')];
  const [canary, kept] = ['canary-of-nils', 'canary-of-ada'];
  const id = await place(userId, canary);
  await place(otherId, kept);
  await orders.send('POST', `/v1/orders/${id}/cancel`, { userId, body: { reason: `moved, says ${canary}` } });
  const before = await orders.stored(id);
  expect(JSON.stringify(before)).toContain(canary);
  await orders.deliver(erased(userId));
  await run();
  const after = await orders.stored(id);
  expect(JSON.stringify(after)).not.toContain(canary);
  expect(await everything()).toContain(kept);
  expect(after).toMatchObject({
    status: 'CANCELLED',
    version: before.version + 1,
    lines: before.lines,
    cancelReason: 'erased',
  });
  expect(after.timeline.map(({ reason }) => reason)).toEqual(['placed', 'erased']);
  const [event] = after.events.map(({ body }) => JSON.parse(body as unknown as string));
  expect(event).toMatchObject({ type: 'com.holdfast.order.erased.v1', data: { orderId: id, status: 'CANCELLED' } });
  // An order that tells nothing of anybody is left alone.
  aheadMs = erasureSettleMs + 1_000;
  await run();
  expect((await orders.stored(id)).version).toBe(after.version);
  aheadMs = 0;
});

it('also from orders that were on their way, and then it is done', async () => {
  const userId = newId('usr');
  await orders.deliver(erased(userId));
  await run();
  const id = await place(userId, 'canary-late');
  await run();
  expect(JSON.stringify(await orders.stored(id))).toContain('canary-late');
  aheadMs = erasureSettleMs + 1_000;
  await run();
  expect(JSON.stringify(await orders.stored(id))).not.toContain('canary-late');
  expect(await customer(userId)).not.toHaveProperty('erasureDueAt');
  aheadMs = 0;
});

it('step by step, however many there are', async () => {
  const userId = newId('usr');
  const count = erasedOrdersMax + 20;
  for (let n = 0; n < count; n += 20) await Promise.all(Array.from({ length: 20 }, () => place(userId, 'canary-many')));
  await orders.deliver(erased(userId));
  const left = async () => (await everything()).split('ring at canary-many').length - 1;
  expect(await left()).toBe(count);
  await run();
  expect(await left()).toBe(20);
  await run();
  expect(await left()).toBe(0);
});

it('when only a resync tells of it', async () => {
  const userId = newId('usr');
  const id = await place(userId, 'canary-resync');
  await orders.deliver(makeEvent(userSnapshot, about(userId), stampNow(systemClock), factsOf(userId)));
  await run();
  expect(JSON.stringify(await orders.stored(id))).not.toContain('canary-resync');
});
