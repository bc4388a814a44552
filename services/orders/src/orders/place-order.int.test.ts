// Placing orders on real servers; the test plays inventory.
import { randomUUID } from 'node:crypto';
import { asTenant } from '@holdfast/shared/persistence';
import { until } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { afterAll, describe, expect, it } from 'vitest';
import { elsewhere, openFixture, variantEvent } from '../orders.fixture.ts';
import { createVariantStore } from '../projections/variants.store.ts';
import { createDecisionWaiters } from './decision-waiters.ts';
import type { Order } from './order.ts';
import { placeOrder } from './place-order.ts';

const fixture = await openFixture();
afterAll(() => fixture.close());
const { deps, tenantId, line, send, place, deliver, deliverTo, outcome, stored } = fixture;

describe('placing', () => {
  it('stores the order PENDING with its event before it answers', async () => {
    const { status, body, headers } = await place();
    expect([status, body.status, headers.location]).toEqual([202, 'PENDING', `/v1/orders/${body.id}`]);
    const document = await stored(body.id);
    expect(document).toMatchObject({ status: 'PENDING', request: 1, version: 1, total: { amount: 500 } });
    const event = JSON.parse(document.events[0]!.body);
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
        const onChanged = (order: Order) => waiters.wake(order.id, order);
        await deliverTo({ memory: { ...deps.orders.memory, onChanged } }, outcome('held', orderId));
      };
      const { inserter } = deps.orders;
      const add: typeof inserter.add = async (document) => {
        const result = await inserter.add(document);
        if (when === 'while the order is being written') await decide(document._id);
        return result;
      };
      const register: typeof waiters.register = (waiting) => {
        const { orderId } = waiting;
        const waiter = waiters.register(waiting)!;
        const wait: typeof waiter.wait = (ms) => {
          if (when === 'while the request waits') void decide(orderId);
          return waiter.wait(ms);
        };
        return { ...waiter, wait };
      };
      const facts = {
        tenantId,
        callerId: 'usr_a',
        customerId: null,
        onBehalf: false,
        onlyForSale: true,
        key: randomUUID(),
      };
      const command = { ...facts, requestHash: 'h', lines: line().lines, prefer: 10_000 };
      const memory = { ...deps.orders.memory, waiters: { ...waiters, register } };
      const ports = { ...deps.orders, inserter: { ...inserter, add }, memory };
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

  it('stores metadata that got past the edge as the data that it is, whatever its keys are called', async () => {
    const metadata = { _bsontype: 'Double', value: '1' };
    const facts = { tenantId, callerId: 'usr_a', customerId: 'usr_a', onBehalf: false, onlyForSale: true };
    const command = { ...facts, key: randomUUID(), requestHash: 'h', lines: line().lines, metadata };
    const placing = () => placeOrder({ ...command, prefer: 'respond-async' }, deps.orders);
    const { order } = await asTenant(tenantId, placing);
    expect((await stored(order.id)).metadata).toEqual(metadata);
    const list = await send('GET', '/v1/orders?limit=100');
    expect(list.status).toBe(200);
    const { data } = list.body as unknown as { data: { id: string }[] };
    expect(data.find(({ id }) => id === order.id)).toMatchObject({ metadata });
  });

  it('tells a copy the decision that was made before the write of the first was answered', async () => {
    const { inserter } = deps.orders;
    const copies: Promise<{ order: Order }>[] = [];
    const copy = () => asTenant(tenantId, () => placeOrder(command, ports));
    const add: typeof inserter.add = async (document) => {
      const result = await inserter.add(document);
      copies.push(copy());
      await deliverTo({ memory: elsewhere }, outcome('held', document._id));
      return result;
    };
    const ports = { ...deps.orders, inserter: { ...inserter, add } };
    const facts = {
      tenantId,
      callerId: 'usr_a',
      customerId: null,
      onBehalf: false,
      onlyForSale: true,
      key: randomUUID(),
    };
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
    const facts = {
      tenantId,
      callerId: 'usr_a',
      customerId: null,
      onBehalf: false,
      onlyForSale: true,
      key: randomUUID(),
    };
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

  it('refuses a customer a variant that is not for sale like one that does not exist, after the same time', async () => {
    const [draft, unknown] = [newId('var'), newId('var')];
    await deliver(variantEvent(tenantId, draft, { forSale: false }));
    const refusalOf = async (variantId: string) => {
      const began = performance.now();
      const body = { lines: [...line().lines, { variantId, quantity: 1 }] };
      const answer = await place(randomUUID(), 'respond-async', body);
      const about = { ...answer.body, instance: '', traceId: '', variantIds: undefined };
      return { about, variantIds: answer.body.variantIds, tookMs: performance.now() - began };
    };
    const [hidden, missing] = await Promise.all([refusalOf(draft), refusalOf(unknown)]);
    expect(hidden.about).toEqual(missing.about);
    expect(hidden).toMatchObject({ about: { code: 'unknown_variant' }, variantIds: [draft] });
    // Both were looked for again until the time for it was over.
    expect(Math.min(hidden.tookMs, missing.tookMs)).toBeGreaterThan(900);
  });

  it('takes an order of a variant that is published while it is looked for', async () => {
    const coming = newId('var');
    await deliver(variantEvent(tenantId, coming, { forSale: false }));
    const placing = place(randomUUID(), 'respond-async', { lines: [{ variantId: coming, quantity: 1 }] });
    await deliver(variantEvent(tenantId, coming, { version: 2 }));
    expect((await placing).status).toBe(202);
  });

  it('replays an order whose variant cannot be ordered any more', async () => {
    const withdrawn = newId('var');
    await deliver(variantEvent(tenantId, withdrawn));
    const body = { lines: [{ variantId: withdrawn, quantity: 1 }] };
    const key = randomUUID();
    const first = await place(key, 'respond-async', body);
    await deliver(variantEvent(tenantId, withdrawn, { version: 2, forSale: false }));
    expect(await place(key, 'respond-async', body)).toMatchObject({ status: 202, body: { id: first.body.id } });
    expect(await send('POST', '/v1/orders', { body, key: randomUUID(), role: 'STAFF' })).toMatchObject({
      status: 422,
      body: { code: 'variant_not_for_sale', variantIds: [withdrawn] },
    });
    // An older state that arrives late changes nothing.
    await deliver(variantEvent(tenantId, withdrawn));
    expect((await place(randomUUID(), 'respond-async', body)).status).toBe(422);
    // Nor in the database, from which other processes read.
    const stored = await createVariantStore(deps.database).find(tenantId, [withdrawn]);
    expect(stored.get(withdrawn)).toMatchObject({ version: 2, forSale: false });
  });

  it('goes on while nothing is written to the catalog: prices stay current by themselves', async () => {
    const startedAt = Date.now();
    const isCurrent = () => (deps.catalog.oldest() ?? 0) > startedAt;
    await until(isCurrent, { what: 'the prices are known to be current', timeoutMs: 25_000, everyMs: 100 });
    expect((await place()).status).toBe(202);
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

  it('answers a replay as it was decided, whatever happened since', async () => {
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
