// Changes of orders on real servers; the test plays inventory.
import { randomUUID } from 'node:crypto';
import { adjustmentWaiting, makeEvent, reservationSnapshot } from '@holdfast/shared/contracts';
import { asTenant } from '@holdfast/shared/persistence';
import { silentLog, stampNow, systemClock } from '@holdfast/shared/values';
import { afterAll, describe, expect, it } from 'vitest';
import { clockIn, elsewhere, openFixture } from '../orders.fixture.ts';
import { cancelOrder } from './cancel-order.ts';
import { createOrderChanges } from './change-order.ts';
import type { OrderDocument } from './order.store.ts';
import type { Order } from './order.ts';

const fixture = await openFixture();
afterAll(() => fixture.close());
const { deps, tenantId, send, place, deliver, deliverTo, outcome, stored, sweepAt } = fixture;
const orders = deps.database.db.collection<OrderDocument>('orders');
const later = clockIn(31_000);
const muchLater = clockIn(16 * 60_000);

describe('outcomes', () => {
  it('apply once, and only to the request that is pending', async () => {
    const { body } = await place();
    await deliver(outcome('held', body.id, 2));
    expect((await stored(body.id)).status).toBe('PENDING');
    await deliver(outcome('held', body.id), outcome('held', body.id));
    await deliver(outcome('rejected', body.id));
    expect(await stored(body.id)).toMatchObject({ status: 'CONFIRMED', version: 2 });
    expect((await stored(body.id)).timeline).toHaveLength(2);
  });

  it('of a cancelled order change nothing, and the demand was withdrawn by the next request', async () => {
    const { body } = await place();
    const cancelled = await send('POST', `/v1/orders/${body.id}/cancel`);
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
    await deliver(outcome('held', body.id));
    const document = await stored(body.id);
    expect(document).toMatchObject({ status: 'CANCELLED', request: 2, version: 2 });
    expect(JSON.parse(document.events[0]!.body)).toMatchObject({
      type: 'com.holdfast.order.cancelled.v1',
      data: { request: 2 },
    });
  });

  it('re-emitted by a reservation count where their request is pending, and nowhere else', async () => {
    const told = (orderId: string, request: number, kind: 'held' | 'rejected' | 'released') =>
      makeEvent(reservationSnapshot, { tenantId, id: orderId, version: 9 }, stampNow(systemClock), {
        orderId,
        request,
        outcome: kind,
        allocations: [],
        shortages: [],
      });
    const [held, refused] = [(await place()).body.id, (await place()).body.id];
    await deliver(told(held, 2, 'held'), told(held, 1, 'released'));
    expect((await stored(held)).status).toBe('PENDING');
    await deliver(told(held, 1, 'held'), told(refused, 1, 'rejected'));
    await deliver(told(held, 1, 'held'), told(held, 1, 'rejected'), told(refused, 1, 'held'));
    expect(await stored(held)).toMatchObject({ status: 'CONFIRMED', version: 2 });
    expect(await stored(refused)).toMatchObject({ status: 'REJECTED', version: 2 });
  });

  it('of another tenant change nothing', async () => {
    const { body } = await place();
    await deliver(outcome('held', body.id, 1, 'ten_other'));
    expect((await stored(body.id)).status).toBe('PENDING');
  });
});

describe('a batch', () => {
  it('decides on what is stored, not on what it remembers of an order', async () => {
    const { body } = await place();
    const { recent } = deps.orders.memory;
    const remembered = recent.find(tenantId, body.id)!;
    await send('POST', `/v1/orders/${body.id}/cancel`);
    recent.remember(remembered);
    const apply = () => deliver(outcome('held', body.id));
    await expect(apply()).rejects.toThrow('changed while they were decided');
    await apply();
    expect(await stored(body.id)).toMatchObject({ status: 'CANCELLED', request: 2 });
  });

  it('reads what it remembers before it passes an outcome over', async () => {
    const { body } = await place();
    const remembered = deps.orders.memory.recent.find(tenantId, body.id)!;
    await deliver(outcome('held', body.id));
    const wanted = { lines: [{ variantId: fixture.variantId, quantity: 2 }] };
    const staff = { role: 'SUPPORT', userId: 'usr_s', prefer: 'respond-async' } as const;
    expect((await send('PATCH', `/v1/orders/${body.id}`, { ...staff, body: wanted })).status).toBe(202);
    // As a process has it that placed the order, while others have confirmed and edited it.
    deps.orders.memory.recent.remember(remembered);
    await deliver(outcome('held', body.id, 2));
    expect(await stored(body.id)).toMatchObject({ pending: null, request: 2, lines: [{ quantity: 2 }] });
  });
});

describe('a command', () => {
  const cancel = (orderId: string, key?: string, sending: { body?: unknown; userId?: string } = {}) =>
    send('POST', `/v1/orders/${orderId}/cancel`, { ...(key ? { key } : {}), ...sending });

  it('takes effect once, also when it is sent twenty times at once', async () => {
    const { body } = await place();
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => cancel(body.id, key)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    const { timeline, version } = await stored(body.id);
    expect([timeline.length, version]).toEqual([2, 2]);
  });

  it('belongs to its body, its caller and its order', async () => {
    const [one, other] = [(await place()).body.id, (await place()).body.id];
    const key = randomUUID();
    expect((await cancel(one, key)).status).toBe(200);
    const reused = { status: 422, body: { code: 'idempotency_key_reused' } };
    expect(await cancel(one, key, { body: { reason: 'another' } })).toMatchObject(reused);
    expect(await cancel(one)).toMatchObject({
      status: 409,
      body: { code: 'illegal_transition', status: 409, orderStatus: 'CANCELLED', allowed: [] },
    });
    expect((await cancel(one, key, { userId: 'usr_b' })).status).toBe(404);
    expect((await cancel(other, key)).headers['idempotency-replayed']).toBeUndefined();
    expect((await stored(other)).status).toBe('CANCELLED');
  });

  it('is decided again when somebody was faster', async () => {
    const { body } = await place();
    const { store } = deps.orders;
    let attempts = 0;
    const apply: typeof store.apply = async (changes) => {
      attempts += 1;
      if (attempts === 1) await deliverTo({ memory: elsewhere }, outcome('held', body.id));
      return store.apply(changes);
    };
    const changes = createOrderChanges({ ...deps.orders, store: { ...store, apply } });
    const command = { tenantId, orderId: body.id, actor: 'usr_a', reason: 'no' };
    const { order } = await asTenant(tenantId, () => cancelOrder(command, changes));
    expect(order).toMatchObject({ status: 'CANCELLED', version: 3, timeline: [{}, { to: 'CONFIRMED' }, {}] });
    expect(await stored(body.id)).toMatchObject({ status: 'CANCELLED', version: 3, decision: { status: 'CONFIRMED' } });
  });

  it('whose event leaves no timeline entry is a bug: it would take effect again', async () => {
    const { body } = await place();
    const command = { name: 'orders.remind', actor: 'usr_a', key: { key: 'k', requestHash: 'h' } };
    const remind = () =>
      asTenant(tenantId, () =>
        deps.orders.changeOrder(
          { tenantId, id: body.id, command },
          (_order, at) => ({ type: 'reminded', at, nextDueAt: at }),
          {},
        ),
      );
    await expect(remind()).rejects.toThrow('left no timeline entry');
    expect((await stored(body.id)).version).toBe(1);
  });
});

describe('time', () => {
  it('asks again with a new event and the same request', async () => {
    const { body } = await place();
    const before = await stored(body.id);
    expect(await sweepAt(later)).toBeGreaterThanOrEqual(1);
    const after = await stored(body.id);
    expect(after).toMatchObject({ status: 'PENDING', request: 1, version: 2, reminderCount: 1 });
    expect(after.events[0]!.id).not.toBe(before.events[0]!.id);
    expect(JSON.parse(after.events[0]!.body)).toMatchObject({
      type: 'com.holdfast.order.placed.v1',
      data: { request: 1 },
    });
    await deliver(outcome('held', body.id));
    expect((await stored(body.id)).status).toBe('CONFIRMED');
  });

  it('cancels what is undecided after its window, also what is held later than that', async () => {
    const { body } = await place();
    const late = await place();
    await deliverTo({ clock: muchLater, memory: elsewhere }, outcome('held', late.body.id));
    expect(await stored(late.body.id)).toMatchObject({ status: 'CANCELLED', request: 2 });
    await sweepAt(muchLater);
    expect(await stored(body.id)).toMatchObject({
      status: 'CANCELLED',
      request: 2,
      cancelReason: 'not decided in time',
    });
    expect(await send('GET', `/v1/orders/${body.id}`)).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
  });

  it('wakes nobody by a reminder', async () => {
    const { body } = await place();
    const waiter = deps.orders.memory.waiters.register({ orderId: body.id, tenantId, kind: 'read' })!;
    let wokenBy: unknown;
    const woken = waiter.wait(5_000).then((wake) => {
      wokenBy = wake;
    });
    expect(await sweepAt(later)).toBeGreaterThanOrEqual(1);
    expect((await stored(body.id)).reminderCount).toBe(1);
    expect(wokenBy).toBeUndefined();
    await deliver(outcome('held', body.id));
    await woken;
    // By the write itself or by its event in the stream, whichever comes first.
    expect(wokenBy === 'changed' || (wokenBy as Order).status === 'CONFIRMED').toBe(true);
    waiter.close();
  });

  it('passes over a due order that cannot be handled, logs and counts it, and handles those behind it', async () => {
    const [broken, behind] = [await place(), await place()];
    const id = broken.body.id;
    const { timeline } = await stored(id);
    const write = (change: Partial<OrderDocument>) =>
      asTenant(tenantId, () => orders.updateOne({ tenantId, _id: id }, { $set: { ...change, events: [] } }));
    await write({ timeline: 7 as never });
    const logged: object[] = [];
    await sweepAt(later, { ...silentLog, error: (fields) => void logged.push(fields) });
    expect((await stored(behind.body.id)).reminderCount).toBe(1);
    expect((await stored(id)).reminderCount).toBe(0);
    expect(logged).toEqual([{ tenantId, orderId: id, err: expect.any(TypeError) }]);
    expect(await deps.metrics.text()).toMatch(/holdfast_due_orders_failed_total{.*} 1/);
    await write({ timeline });
    await sweepAt(later);
    expect((await stored(id)).reminderCount).toBe(1);
  });
});

describe('stock that is withdrawn', () => {
  const withdrawn = (orderIds: string[], cancelBefore = new Date(Date.now() + 50_000)) => {
    const about = { adjustmentId: 'adj_1', variantId: 'var_1', locationId: 'loc_1', delta: -1, reason: 'lost' };
    const asked = { difference: -1, orderIds, cancelBefore: cancelBefore.toISOString() };
    const aggregate = { tenantId, id: 'adj_1', version: 1 };
    return makeEvent(adjustmentWaiting, aggregate, stampNow(systemClock), { ...about, ...asked });
  };

  it('cancels the orders that are named, once, by their next request; others stay as they are', async () => {
    const [confirmed, pending, refused] = [await place(), await place(), await place()].map(({ body }) => body.id);
    await deliver(outcome('held', confirmed!), outcome('rejected', refused!));
    const event = withdrawn([confirmed!, pending!, refused!, 'ord_nobody']);
    await deliver(event);
    await deliver(event, event);
    const document = await stored(confirmed!);
    expect(document).toMatchObject({ status: 'CANCELLED', request: 2, version: 3, cancelReason: 'stock_withdrawn' });
    expect(document.timeline.at(-1)).toMatchObject({ actor: 'system', reason: 'stock_withdrawn' });
    expect(JSON.parse(document.events[0]!.body)).toMatchObject({
      type: 'com.holdfast.order.cancelled.v1',
      causationid: event.id,
      data: { request: 2, reason: 'stock_withdrawn' },
    });
    expect(await stored(pending!)).toMatchObject({ status: 'CANCELLED', request: 2 });
    expect(await stored(refused!)).toMatchObject({ status: 'REJECTED', request: 1 });
  });

  it('cancels nothing when it is told too late', async () => {
    const { body } = await place();
    await deliver(outcome('held', body.id));
    await deliver(withdrawn([body.id], new Date(Date.now() - 1)));
    expect(await stored(body.id)).toMatchObject({ status: 'CONFIRMED', request: 1 });
  });

  it('is a reason that staff see and customers do not', async () => {
    const { body } = await place();
    await deliver(outcome('held', body.id), withdrawn([body.id]));
    const reasons = async (role: 'CUSTOMER' | 'STAFF') => {
      const order = await send('GET', `/v1/orders/${body.id}`, { role });
      const timeline = await send('GET', `/v1/orders/${body.id}/timeline`, { role });
      const listed = await send('GET', '/v1/orders?status=CANCELLED', { role });
      const own = (listed.body.data as { id: string; cancelReason: string }[]).find(({ id }) => id === body.id);
      const entries = timeline.body.data as { reason: string }[];
      return [order.body.cancelReason, entries.at(-1)!.reason, own!.cancelReason];
    };
    expect(await reasons('CUSTOMER')).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(await reasons('STAFF')).toEqual(['stock_withdrawn', 'stock_withdrawn', 'stock_withdrawn']);
  });
});
