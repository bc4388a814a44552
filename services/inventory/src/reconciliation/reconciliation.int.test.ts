// Running a reconciliation on real servers: interruptions, races, what is seen only once. Orders is a port here, which
// says what the test says; on the whole platform the real one answers (tests/e2e/reconciliation.test.ts).
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { internalToken, until } from '@holdfast/shared/testing';
import { type Clock, newId, silentLog, systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLedger, type Fixture, openFixture, type Replica } from '../inventory.fixture.ts';
import { placedEvent } from '../inventory-streams.fixture.ts';
import { reconciliationAttemptsMax } from '../limits.ts';
import type { OrdersPort } from './ask-orders.ts';
import { createReconciliation, startReconciliation } from './create-reconciliation.ts';
import type { Difference, OrderFacts } from './difference.ts';
import { repairReconciliation } from './repair-reconciliation.ts';
import { runReconciliation } from './run-reconciliation.ts';
import { createSchedule } from './schedule-reconciliations.job.ts';

let fixture: Fixture;
let replica: Replica;
beforeAll(async () => {
  fixture = await openFixture();
  replica = await fixture.startReplica();
});
afterAll(() => fixture.close());

const hourMs = 3_600_000;
/** Ahead of the process that runs beside: nothing of these tests is due to its sweep. */
const clockIn = (ms: number): Clock => ({ ...systemClock, now: () => new Date(Date.now() + hourMs + ms) });

/** An orders that knows these orders and has heard everything. */
function ordersWith(known: OrderFacts[] = []): OrdersPort {
  return {
    of: async (_tenantId, ids) => new Map(known.filter(({ id }) => ids.includes(id)).map((one) => [one.id, one])),
    holding: async () => ({ orders: known.filter(({ demand }) => demand === 'holds'), next: null }),
    appliedUpToMs: async () => Number.POSITIVE_INFINITY,
    demandAgain: async () => true,
  };
}

function depsWith(orders: OrdersPort) {
  const { database, stores } = fixture;
  const shared = { ...stores, database, clock: clockIn(0), log: silentLog, orders, confirmAfterMs: 0 };
  const onEnd = (_ended: { id: string }) => {};
  return { ...shared, appliedUpToMs: () => Number.POSITIVE_INFINITY, onEnd, enqueue: () => {} };
}
type Deps = ReturnType<typeof depsWith>;

async function start(tenantId: string, deps: Deps) {
  const caller = { tenantId, userId: 'usr_1' };
  const { created } = await asTenant(tenantId, () => createReconciliation({ caller }, deps));
  return { tenantId, id: created.id };
}
const read = (job: { tenantId: string; id: string }) =>
  asTenant(job.tenantId, async () => (await fixture.stores.reconciliations.read(job))!);
const run = (job: { tenantId: string; id: string }, deps: Deps, signal = new AbortController().signal) =>
  runReconciliation(job, signal, deps);
const kindsOf = (differences: readonly Difference[]) => differences.map(({ kind }) => kind);

async function damage(tenantId: string, variantId: string, change: { onHand: number }): Promise<void> {
  const levels = fixture.database.db.collection('stock_levels');
  await asTenant(tenantId, () => levels.updateOne({ tenantId, variantId }, { $set: { events: [] }, $inc: change }));
}

async function held(units: number, quantity: number) {
  const tenantId = await fixture.tenant({ shirt: units });
  const variantId = `shirt_${tenantId}`;
  const orderId = newId('ord');
  const lines = [{ variantId, quantity }];
  await fixture.streams.publish('orders', [placedEvent(tenantId, orderId, lines)]);
  await fixture.decided(tenantId, [orderId]);
  return { tenantId, variantId, order: { id: orderId, request: 1, demand: 'holds', lines } satisfies OrderFacts };
}

it('is complete when it is done, not before', async () => {
  const { tenantId, order } = await held(5, 2);
  const deps = depsWith(ordersWith([order]));
  const job = await start(tenantId, deps);
  const shown = async () => (await replica.as({ tenantId, role: 'OWNER' }).get(`/v1/reconciliations/${job.id}`)).body;
  expect(await shown()).toMatchObject({ status: 'running', isComplete: false, checked: { levels: 0 } });
  await run(job, deps);
  expect(await shown()).toMatchObject({ status: 'done', isComplete: true, checked: { levels: 1 } });
});

describe('a reconciliation', () => {
  it('that is stopped after every page goes on where it was, and looks at nothing twice', async () => {
    const { tenantId, variantId, order } = await held(5, 2);
    await damage(tenantId, variantId, { onHand: 1 });
    const deps = depsWith(ordersWith([order]));
    const job = await start(tenantId, deps);
    let runs = 0;
    while ((await read(job)).status === 'running') {
      runs += 1;
      const stopping = new AbortController();
      const stores = deps.reconciliations;
      const reconciliations = {
        ...stores,
        saveAll: async (...args: Parameters<typeof stores.saveAll>) => {
          stopping.abort();
          await stores.saveAll(...args);
        },
      };
      await run(job, { ...deps, reconciliations }, stopping.signal);
    }
    expect(runs).toBeGreaterThanOrEqual(3);
    expect(await read(job)).toMatchObject({
      status: 'done',
      checked: { levels: 1, movements: 2, reservations: 1, orders: 1 },
      differenceCount: 1,
    });
  });

  it('that several processes run at once ends once, with what one would have found', async () => {
    const { tenantId, variantId, order } = await held(5, 2);
    await damage(tenantId, variantId, { onHand: 1 });
    const ended: string[] = [];
    const deps = { ...depsWith(ordersWith([order])), onEnd: ({ id }: { id: string }) => void ended.push(id) };
    const job = await start(tenantId, deps);
    while ((await read(job)).status === 'running') await Promise.all([run(job, deps), run(job, deps), run(job, deps)]);
    expect(await read(job)).toMatchObject({ checked: { levels: 1, reservations: 1 }, differenceCount: 1 });
    expect(ended).toEqual([job.id]);
  });

  it('tells nothing that is gone when it checks again', async () => {
    const { tenantId, variantId, order } = await held(5, 2);
    await damage(tenantId, variantId, { onHand: 1 });
    const orders = ordersWith([order]);
    const healing = { ...orders, appliedUpToMs: async () => Number.POSITIVE_INFINITY };
    const deps = depsWith({
      ...healing,
      async appliedUpToMs() {
        await damage(tenantId, variantId, { onHand: -1 });
        return Number.POSITIVE_INFINITY;
      },
    });
    const job = await start(tenantId, deps);
    await run(job, deps);
    expect(await read(job)).toMatchObject({ status: 'done', differenceCount: 0, differences: [] });
  });

  it.each([
    ['orders', (deps: Deps): Deps => ({ ...deps, orders: { ...deps.orders, appliedUpToMs: async () => 0 } })],
    ['inventory', (deps: Deps): Deps => ({ ...deps, appliedUpToMs: () => 0 })],
  ])(
    'does not check again before %s has heard what the other side had said, and gives up in the end',
    async (_name, lag) => {
      const { tenantId, variantId, order } = await held(5, 2);
      await damage(tenantId, variantId, { onHand: 1 });
      const deps = lag(depsWith(ordersWith([order])));
      const job = await start(tenantId, deps);
      await run(job, deps);
      expect(await read(job)).toMatchObject({ status: 'running', attempts: 1, differenceCount: 0 });
      for (let n = 1; n < reconciliationAttemptsMax; n += 1) await run(job, { ...deps, clock: clockIn(n * 60_000) });
      expect(await read(job)).toMatchObject({ status: 'failed', differences: [] });
    },
  );

  it('goes on when orders answers again, from the page that it could not do', async () => {
    const { tenantId, order } = await held(5, 2);
    const deps = depsWith(ordersWith([order]));
    const away = { ...deps, orders: { ...deps.orders, of: () => Promise.reject(new Error('orders is down')) } };
    const job = await start(tenantId, deps);
    await run(job, away);
    expect(await read(job)).toMatchObject({ status: 'running', step: { at: 'stock' }, attempts: 1 });
    await run(job, deps);
    expect(await read(job)).toMatchObject({ status: 'done', attempts: 0, differenceCount: 0 });
  });

  it('of another business is not seen, and its stock is not looked at', async () => {
    const { tenantId, variantId } = await held(5, 2);
    await damage(tenantId, variantId, { onHand: 1 });
    const stranger = await fixture.tenant({ hat: 1 });
    const deps = depsWith(ordersWith());
    const job = await start(stranger, deps);
    await run(job, deps);
    expect(await read(job)).toMatchObject({ checked: { levels: 1, movements: 1 }, differenceCount: 0 });
    const theirs = await replica.as({ tenantId, role: 'OWNER' }).get(`/v1/reconciliations/${job.id}`);
    expect(theirs).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('a repair', () => {
  it('does nothing to what is gone, and nothing twice', async () => {
    const { tenantId, variantId, order } = await held(5, 2);
    await damage(tenantId, variantId, { onHand: 2 });
    const deps = { ...depsWith(ordersWith([order])), writer: fixture.newWriter() };
    const job = await start(tenantId, deps);
    await run(job, deps);
    await damage(tenantId, variantId, { onHand: -2 });
    const requestKey = { key: 'k1', requestHash: 'h' };
    const command = { ...job, actor: 'usr_1' };
    const repair = () => asTenant(tenantId, () => repairReconciliation(command, deps));
    const keyed = () => asTenant(tenantId, () => repairReconciliation({ ...command, requestKey }, deps));
    expect((await keyed()).reconciliation.differences).toMatchObject([{ kind: 'level_balance', repair: 'gone' }]);
    expect(await keyed()).toMatchObject({ replayed: true, reconciliation: { version: (await read(job)).version } });
    expect((await repair()).reconciliation.version).toBe((await read(job)).version);
    expect(await fixture.level(tenantId, variantId)).toMatchObject({ sequence: 2 });
    await checkLedger(fixture, tenantId);
  });

  it('leaves what cannot be set right, and says why', async () => {
    const { tenantId, variantId, order } = await held(5, 4);
    await damage(tenantId, variantId, { onHand: 1 });
    const reservations = fixture.database.db.collection<{ _id: string; tenantId: string }>('reservations');
    const set = { $set: { 'allocations.0.quantity': 9, events: [] } };
    await asTenant(tenantId, () => reservations.updateOne({ _id: order.id, tenantId }, set));
    const deps = { ...depsWith(ordersWith([order])), writer: fixture.newWriter() };
    const job = await start(tenantId, deps);
    await run(job, deps);
    const command = { ...job, actor: 'usr_1' };
    const { reconciliation: after } = await asTenant(tenantId, () => repairReconciliation(command, deps));
    expect(kindsOf(after.differences).sort()).toEqual(['level_balance', 'request_differs', 'reserved_sum']);
    for (const one of after.differences) expect(one).toMatchObject({ repairable: false, why: expect.any(String) });
    expect(await fixture.level(tenantId, variantId)).toMatchObject({ onHand: 6 });
  });

  it('before it is done is refused', async () => {
    const tenantId = await fixture.tenant({ shirt: 1 });
    const deps = { ...depsWith(ordersWith()), writer: fixture.newWriter() };
    const job = await start(tenantId, deps);
    const repair = asTenant(tenantId, () => repairReconciliation({ ...job, actor: 'usr_1' }, deps));
    await expect(repair).rejects.toMatchObject({ code: 'reconciliation_running' });
  });
});

describe('the schedule', () => {
  it('starts one for every business whose time has come, however many processes look', async () => {
    const tenantIds = [await fixture.tenant(), await fixture.tenant(), await fixture.tenant()];
    const deps = { ...depsWith(ordersWith()), periodMs: 2 * 3_600_000 };
    const look = createSchedule(deps);
    await Promise.all([1, 2, 3].map(() => look(new AbortController().signal)));
    for (const tenantId of tenantIds) {
      expect(await fixture.rows('reconciliations', tenantId)).toMatchObject([{ requestedBy: 'system' }]);
    }
    await createSchedule({ ...deps, periodMs: 0 })(new AbortController().signal);
    const all = await asSystem('test', () => fixture.stores.locations.tenantsAfter('', 2));
    expect(all.tenantIds.length).toBeLessThanOrEqual(2);
    expect(all.next).toBeDefined();
  });
});

describe('over HTTP', () => {
  it('a repeated request finds the one that it started; the queue of a process works on it', async () => {
    const tenantId = await fixture.tenant({ shirt: 1 });
    const as = replica.as({ tenantId, role: 'ADMIN' });
    const headers = { 'idempotency-key': 'k1' };
    const first = await as.post('/v1/reconciliations', {}, headers);
    const again = await as.post('/v1/reconciliations', {}, headers);
    expect([first.status, again.status, again.body.id]).toEqual([202, 202, first.body.id]);
    // The orders of this process are down: it tries, and tries again.
    const attempts = async () => (await read({ tenantId, id: first.body.id as string })).attempts;
    await until(async () => (await attempts()) > 0, { what: 'a worker has tried' });
    expect((await as.get('/v1/reconciliations')).body).toMatchObject({ data: [{ id: first.body.id }] });
  });

  it('the internal routes are for the installation only', async () => {
    const tenantId = await fixture.tenant();
    const ask = (url: string, payload: object, token = internalToken) =>
      replica.app.inject({ method: 'POST', url, payload, headers: { authorization: `Bearer ${token}` } });
    const started = await ask('/internal/reconciliations', {});
    const { jobs } = started.json() as { jobs: { tenantId: string; id: string }[] };
    expect(jobs.map((job) => job.tenantId)).toContain(tenantId);
    const job = jobs.find((one) => one.tenantId === tenantId)!;
    expect((await ask('/internal/reconciliations/read', job)).json()).toMatchObject({ id: job.id });
    expect((await ask('/internal/reconciliations/read', { ...job, tenantId: 'ten_other' })).statusCode).toBe(404);
    expect((await ask('/internal/reconciliations', {}, 'wrong')).statusCode).toBe(401);
    await asTenant(tenantId, () => startReconciliation(job, depsWith(ordersWith())));
    expect(await fixture.rows('reconciliations', tenantId)).toHaveLength(1);
  });
});
