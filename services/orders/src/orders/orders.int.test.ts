// Orders on real servers; the test plays inventory by handing outcomes to the batch handler.
import { randomUUID } from 'node:crypto';
import {
  type DomainEvent,
  makeEvent,
  reservationHeld,
  reservationRejected,
  reservationSnapshot,
  variantCreated,
} from '@holdfast/shared/contracts';
import type { Batch } from '@holdfast/shared/messaging';
import { asSystem, asTenant, asTenants } from '@holdfast/shared/persistence';
import { createLogger } from '@holdfast/shared/telemetry';
import { type TestTokens, testTokens } from '@holdfast/shared/testing';
import { newId, systemClock } from '@holdfast/shared/values';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { type Deps, openDeps } from '../deps.ts';
import type { KnownVariants } from '../projections/known-variants.ts';
import { createVariantStore } from '../projections/variants.store.ts';
import { createDecisionWaiters } from './decision-waiters.ts';
import { onBatch } from './on-batch.ts';
import type { Order } from './order.ts';
import { placeOrder } from './place-order.ts';
import { sweepDueOrders } from './sweep-due-orders.job.ts';

const tenantId = `ten_${randomUUID().slice(0, 8)}`;
const log = createLogger({ service: 'orders', level: 'silent' });
const later = { ...systemClock, now: () => new Date(Date.now() + 31_000) };
const muchLater = { ...systemClock, now: () => new Date(Date.now() + 16 * 60_000) };
let deps: Deps;
let app: FastifyInstance;
let tokens: TestTokens;
let variantId: string;

type Answer = { status: number; body: Record<string, unknown> & { id: string }; headers: Record<string, unknown> };

async function send(
  method: 'GET' | 'POST',
  url: string,
  options: { body?: unknown; key?: string; prefer?: string; userId?: string } = {},
): Promise<Answer> {
  const { body, key, prefer, userId = 'usr_a' } = options;
  const headers = {
    ...(await tokens.bearer({ tenantId, role: 'CUSTOMER', userId })),
    ...(key ? { 'idempotency-key': key } : {}),
    ...(prefer ? { prefer } : {}),
  };
  const answer = await app.inject({ method, url, headers, ...(body ? { payload: body as object } : {}) });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}
const line = (quantity = 1) => ({ lines: [{ variantId, quantity }] });
const place = (key: string = randomUUID(), prefer = 'respond-async', body: unknown = line()) =>
  send('POST', '/v1/orders', { body, key, prefer });

function batchOf(...events: DomainEvent[]): Batch {
  const entries = events.map((event, n) => ({ domain: 'inventory', partition: 0, id: `1-${n}`, event }));
  return { entries, tenantIds: new Set(events.map((event) => event.tenantid)) } as unknown as Batch;
}
function deliver(...events: DomainEvent[]): Promise<void> {
  return deliverTo(deps.orders.onChanged, ...events);
}
async function deliverTo(onDecided: (order: Order) => void, ...events: DomainEvent[]): Promise<void> {
  const { store, customers, recent, clock } = deps.orders as Deps['orders'] & { customers: never };
  const variants = createVariantStore(deps.database);
  const batch = batchOf(...events);
  await asTenants(batch.tenantIds, 'orders.batch', () =>
    onBatch(batch, { store, variants, customers, recent, clock, onDecided }),
  );
  // The tail of the catalog sees them too.
  for (const event of events) (deps.orders.variants as KnownVariants).onEvent(event);
}
function outcome(kind: 'held' | 'rejected', orderId: string, request = 1, tenant = tenantId): DomainEvent {
  const about = { id: newId('evt'), tenantId: tenant, subject: orderId, version: request, time: new Date() };
  if (kind === 'held') {
    return makeEvent(reservationHeld, {
      ...about,
      data: { orderId, request, allocations: [{ variantId, locationId: 'loc_m', quantity: 1 }] },
    });
  }
  return makeEvent(reservationRejected, {
    ...about,
    data: { orderId, request, shortages: [{ variantId, requested: 1, available: 0 }] },
  });
}
const stored = (id: string) =>
  asTenant(tenantId, () => deps.database.db.collection('orders').findOne({ tenantId, _id: id as never }));

beforeAll(async () => {
  tokens = await testTokens();
  const name = `orders_${randomUUID().slice(0, 8)}`;
  const config = readConfig({
    MONGODB_URI: process.env.HOLDFAST_TEST_MONGODB_URI,
    REDIS_URL: process.env.HOLDFAST_TEST_REDIS_URL,
    DATABASE_NAME: name,
    STREAM_GENERATION: name.replace('_', '-'),
    AUTH_URL: 'http://127.0.0.1:9',
    INTERNAL_TOKEN: 'an internal token of tests',
    HOLDFAST_SECRET: 'a secret of tests, long enough to be one',
    NODE_ENV: 'test',
  });
  deps = await openDeps(config, { log });
  app = buildApp({ ...deps, trust: { ...deps.trust, verifier: tokens.verifier } });
  await app.ready();
  variantId = newId('var');
  const data = {
    variantId,
    productId: 'prd_1',
    productName: 'Cap',
    sku: 'CAP',
    options: {},
    price: { amount: 500, currency: 'EUR' },
    forSale: true,
    initialStock: 1,
    reorderLevel: 0,
  };
  await deliver(
    makeEvent(variantCreated, { id: newId('evt'), tenantId, subject: variantId, version: 1, time: new Date(), data }),
  );
});
afterAll(async () => {
  await app.close();
  await deps.close();
});

describe('placing', () => {
  it('stores the order PENDING with its event before it answers', async () => {
    const { status, body, headers } = await place();
    expect([status, body.status, headers.location]).toEqual([202, 'PENDING', `/v1/orders/${body.id}`]);
    const document = await stored(body.id);
    expect(document).toMatchObject({ status: 'PENDING', request: 1, version: 1, total: { amount: 500 } });
    const event = JSON.parse(document!.events[0].body);
    expect(event).toMatchObject({
      type: 'com.holdfast.order.placed.v1',
      tenantid: tenantId,
      subject: body.id,
      data: { request: 1 },
    });
  });

  it('wakes the waiting request when the outcome is stored', async () => {
    const key = randomUUID();
    const { body } = await place(key);
    const waiting = place(key, 'wait=10');
    await deliver(outcome('held', body.id));
    expect(await waiting).toMatchObject({ status: 201, body: { id: body.id, status: 'CONFIRMED', version: 2 } });
  });

  // Without the tail of the orders stream, which would wake a little later.
  it.each(['while the order is being written', 'while the request waits'])(
    'is woken by a decision %s',
    async (when) => {
      const waiters = createDecisionWaiters();
      const decide = async (orderId: string) => {
        const onDecided = (order: Order) => waiters.wake(order.id, order);
        await deliverTo(onDecided, outcome('held', orderId));
      };
      const { inserter } = deps.orders;
      const add: typeof inserter.add = async (document) => {
        const result = await inserter.add(document);
        if (when === 'while the order is being written') await decide(document._id);
        return result;
      };
      const register: typeof waiters.register = (orderId) => {
        const waiter = waiters.register(orderId)!;
        const wait: typeof waiter.wait = (ms) => {
          if (when === 'while the request waits') void decide(orderId);
          return waiter.wait(ms);
        };
        return { ...waiter, wait };
      };
      const facts = { tenantId, callerId: 'usr_a', customerId: null, onBehalf: false, key: randomUUID() };
      const command = { ...facts, requestHash: 'h', lines: line().lines, prefer: 10_000 };
      const ports = { ...deps.orders, inserter: { ...inserter, add }, waiters: { ...waiters, register } };
      const startedAt = performance.now();
      const { order } = await asTenant(tenantId, () => placeOrder(command, ports));
      expect(order).toMatchObject({ status: 'CONFIRMED', version: 2 });
      // Not by the look that ends a wait without a wake.
      expect(performance.now() - startedAt).toBeLessThan(8_000);
    },
  );

  it('answers 202 when nobody decides in time', async () => {
    const startedAt = performance.now();
    expect(await place(randomUUID(), 'wait=1')).toMatchObject({ status: 202, body: { status: 'PENDING' } });
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  it('derives one order from one key, also for twenty at once', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => place(key)));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect(await place(key, 'respond-async', line(2))).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    const other = await send('POST', '/v1/orders', { body: line(), key, prefer: 'respond-async', userId: 'usr_b' });
    expect(other.body.id).not.toBe(answers[0]!.body.id);
  });

  it('tells a copy the decision that was made before the write of the first was answered', async () => {
    const { inserter } = deps.orders;
    const copies: Promise<{ order: Order }>[] = [];
    const copy = () => asTenant(tenantId, () => placeOrder(command, ports));
    const add: typeof inserter.add = async (document) => {
      const result = await inserter.add(document);
      copies.push(copy());
      await deliverTo(() => {}, outcome('held', document._id));
      return result;
    };
    const ports = { ...deps.orders, inserter: { ...inserter, add } };
    const facts = { tenantId, callerId: 'usr_a', customerId: null, onBehalf: false, key: randomUUID() };
    const command = { ...facts, requestHash: 'h', lines: line().lines, prefer: 'respond-async' as const };
    await copy();
    expect(copies).toHaveLength(1);
    expect((await copies[0]!).order.status).toBe('CONFIRMED');
  });

  it('writes once what comes three times at once', async () => {
    let writes = 0;
    const { inserter } = deps.orders;
    const add: typeof inserter.add = (document) => {
      writes += 1;
      return inserter.add(document);
    };
    const facts = { tenantId, callerId: 'usr_a', customerId: null, onBehalf: false, key: randomUUID() };
    const command = { ...facts, requestHash: 'h', lines: line().lines, prefer: 'respond-async' as const };
    const copy = (change = {}) =>
      asTenant(tenantId, () =>
        placeOrder({ ...command, ...change }, { ...deps.orders, inserter: { ...inserter, add } }),
      );
    const other = copy({ key: randomUUID() });
    const [first, second, different] = await Promise.allSettled([
      copy(),
      copy(),
      copy({ requestHash: 'other' }),
      other,
    ]);
    expect(first).toMatchObject({ value: { replayed: false } });
    expect(second).toMatchObject({ value: { replayed: true, order: { id: (await copy()).order.id } } });
    expect(different).toMatchObject({ reason: { code: 'idempotency_key_reused' } });
    expect(writes).toBe(3);
  });

  it('replays an order whose variant cannot be ordered any more', async () => {
    const withdrawn = newId('var');
    const data = {
      variantId: withdrawn,
      productId: 'prd_2',
      productName: 'Hat',
      sku: 'HAT',
      options: {},
      price: { amount: 100, currency: 'EUR' },
      forSale: true,
      initialStock: 1,
      reorderLevel: 0,
    };
    const about = { tenantId, subject: withdrawn, time: new Date() };
    await deliver(makeEvent(variantCreated, { ...about, id: newId('evt'), version: 1, data }));
    const body = { lines: [{ variantId: withdrawn, quantity: 1 }] };
    const key = randomUUID();
    const first = await place(key, 'respond-async', body);
    await deliver(
      makeEvent(variantCreated, { ...about, id: newId('evt'), version: 2, data: { ...data, forSale: false } }),
    );
    expect(await place(key, 'respond-async', body)).toMatchObject({ status: 202, body: { id: first.body.id } });
    expect(await place(randomUUID(), 'respond-async', body)).toMatchObject({
      status: 422,
      body: { code: 'variant_not_for_sale' },
    });
    // An older state that arrives late changes nothing.
    await deliver(makeEvent(variantCreated, { ...about, id: newId('evt'), version: 1, data }));
    expect((await place(randomUUID(), 'respond-async', body)).status).toBe(422);
    // Nor in the database, from which other processes read.
    const stored = await createVariantStore(deps.database).find(tenantId, [withdrawn]);
    expect(stored.get(withdrawn)).toMatchObject({ version: 2, forSale: false });
  });

  it('refuses another price than the client expects and stores nothing', async () => {
    const key = randomUUID();
    const body = { ...line(), expectedTotal: { amount: 499, currency: 'EUR' } };
    expect(await place(key, 'respond-async', body)).toMatchObject({
      status: 409,
      body: { code: 'price_changed', total: { amount: 500 } },
    });
    expect(await place(key)).toMatchObject({ status: 202 });
  });
});

describe('outcomes', () => {
  it('apply once, and only to the request that is pending', async () => {
    const { body } = await place();
    await deliver(outcome('held', body.id, 2));
    expect((await stored(body.id))!.status).toBe('PENDING');
    await deliver(outcome('held', body.id), outcome('held', body.id));
    await deliver(outcome('rejected', body.id));
    expect(await stored(body.id)).toMatchObject({ status: 'CONFIRMED', version: 2 });
    expect((await stored(body.id))!.timeline).toHaveLength(2);
  });

  it('of a cancelled order change nothing, and the demand was withdrawn by the next request', async () => {
    const { body } = await place();
    const cancelled = await send('POST', `/v1/orders/${body.id}/cancel`);
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
    await deliver(outcome('held', body.id));
    const document = await stored(body.id);
    expect(document).toMatchObject({ status: 'CANCELLED', request: 2, version: 2 });
    expect(JSON.parse(document!.events[0].body)).toMatchObject({
      type: 'com.holdfast.order.cancelled.v1',
      data: { request: 2 },
    });
  });

  it('told again by a reservation count where their request is pending, and nowhere else', async () => {
    const told = (orderId: string, request: number, kind: 'held' | 'rejected' | 'released') =>
      makeEvent(reservationSnapshot, {
        id: newId('evt'),
        tenantId,
        subject: orderId,
        version: 9,
        time: new Date(),
        data: { orderId, request, outcome: kind, allocations: [], shortages: [] },
      });
    const [held, refused] = [(await place()).body.id, (await place()).body.id];
    await deliver(told(held, 2, 'held'), told(held, 1, 'released'));
    expect((await stored(held))!.status).toBe('PENDING');
    await deliver(told(held, 1, 'held'), told(refused, 1, 'rejected'));
    await deliver(told(held, 1, 'held'), told(held, 1, 'rejected'), told(refused, 1, 'held'));
    expect(await stored(held)).toMatchObject({ status: 'CONFIRMED', version: 2 });
    expect(await stored(refused)).toMatchObject({ status: 'REJECTED', version: 2 });
  });

  it('of another tenant change nothing', async () => {
    const { body } = await place();
    await deliver(outcome('held', body.id, 1, 'ten_other'));
    expect((await stored(body.id))!.status).toBe('PENDING');
  });

  it('frozen: a replay of the placement is answered as decided', async () => {
    const key = randomUUID();
    const { body } = await place(key);
    await deliver(outcome('rejected', body.id));
    expect(await place(key, 'wait=5')).toMatchObject({
      status: 409,
      body: { code: 'insufficient_stock', orderId: body.id, shortages: [{ available: 0 }] },
    });
    // Also when more has happened since.
    const again = randomUUID();
    const confirmed = await place(again);
    await deliver(outcome('held', confirmed.body.id));
    await send('POST', `/v1/orders/${confirmed.body.id}/cancel`);
    expect(await place(again, 'wait=5')).toMatchObject({ status: 201, body: { status: 'CONFIRMED', version: 2 } });
  });
});

describe('time', () => {
  it('asks again with a new event and the same request', async () => {
    const { body } = await place();
    const before = await stored(body.id);
    expect(await sweepDueOrders({ ...deps.orders, log, clock: later })).toBeGreaterThanOrEqual(1);
    const after = await stored(body.id);
    expect(after).toMatchObject({ status: 'PENDING', request: 1, version: 2, reminderCount: 1 });
    expect(after!.events[0].id).not.toBe(before!.events[0].id);
    expect(JSON.parse(after!.events[0].body)).toMatchObject({
      type: 'com.holdfast.order.placed.v1',
      data: { request: 1 },
    });
    await deliver(outcome('held', body.id));
    expect((await stored(body.id))!.status).toBe('CONFIRMED');
  });

  it('cancels what is undecided after its window, also what is held later than that', async () => {
    const { body } = await place();
    const late = await place();
    const { store, variants, customers, recent } = deps.orders as Deps['orders'] & {
      variants: never;
      customers: never;
    };
    const batch = batchOf(outcome('held', late.body.id));
    await asTenants([tenantId], 'orders.batch', () =>
      onBatch(batch, { store, variants, customers, recent, clock: muchLater, onDecided() {} }),
    );
    expect(await stored(late.body.id)).toMatchObject({ status: 'CANCELLED', request: 2 });
    await sweepDueOrders({ ...deps.orders, log, clock: muchLater });
    expect(await stored(body.id)).toMatchObject({
      status: 'CANCELLED',
      request: 2,
      cancelReason: 'not decided in time',
    });
    expect(await send('GET', `/v1/orders/${body.id}`)).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
  });
});

describe('reading', () => {
  it('pages through own orders, newest first, and no others', async () => {
    const userId = `usr_${randomUUID().slice(0, 8)}`;
    const ids: string[] = [];
    for (let n = 0; n < 5; n++)
      ids.unshift(
        (await send('POST', '/v1/orders', { body: line(), key: randomUUID(), prefer: 'respond-async', userId })).body
          .id,
      );
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await send('GET', `/v1/orders?limit=2${cursor}`, { userId });
      seen.push(...(body.data as { id: string }[]).map((order) => order.id));
      cursor = body.nextCursor ? `&cursor=${encodeURIComponent(String(body.nextCursor))}` : '';
    } while (cursor !== '');
    expect(seen).toEqual(ids);
  });

  it('examines no more documents than it returns', async () => {
    const orders = deps.database.db.collection('orders');
    for (const filter of [{ tenantId }, { tenantId, status: 'PENDING' }, { tenantId, customerId: 'usr_a' }]) {
      const plan = await asTenant(tenantId, () =>
        orders.find(filter).sort({ sortKey: -1 }).limit(3).explain('executionStats'),
      );
      expect(plan.executionStats.totalDocsExamined).toBeLessThanOrEqual(3);
      expect(JSON.stringify(plan.queryPlanner.winningPlan)).not.toMatch(/COLLSCAN|"SORT"/);
    }
    const due = await asSystem('sweep', () =>
      orders.find({ dueAt: { $type: 'date', $lte: new Date(0) } }).explain('executionStats'),
    );
    expect(JSON.stringify(due.queryPlanner.winningPlan)).not.toContain('COLLSCAN');
  });
});

it('decides on what is stored, not on what it remembers of an order', async () => {
  const { body } = await place();
  const { store, variants, customers, recent, clock } = deps.orders as Deps['orders'] & {
    variants: never;
    customers: never;
  };
  const remembered = recent.find(tenantId, body.id)!;
  await send('POST', `/v1/orders/${body.id}/cancel`);
  recent.remember(remembered);
  const batch = batchOf(outcome('held', body.id));
  const apply = () =>
    asTenants([tenantId], 'orders.batch', () =>
      onBatch(batch, { store, variants, customers, recent, clock, onDecided() {} }),
    );
  await expect(apply()).rejects.toThrow('changed while they were decided');
  await apply();
  expect(await stored(body.id)).toMatchObject({ status: 'CANCELLED', request: 2 });
});
