// Levels that are gone while their ledgers, or reservations of them, are there; on real servers.
import { asTenant } from '@holdfast/shared/persistence';
import { testServers, withKey } from '@holdfast/shared/testing';
import { type Clock, newId, silentLog, systemClock } from '@holdfast/shared/values';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLedger, type Fixture, type LevelDocument, openFixture, type Replica } from '../inventory.fixture.ts';
import { placedEvent } from '../inventory-streams.fixture.ts';
import { lookLevelsMax, remadeVersionLift } from '../limits.ts';
import type { OrdersPort } from './ask-orders.ts';
import { createReconciliation, startReconciliation } from './create-reconciliation.ts';
import type { OrderFacts } from './difference.ts';
import { newReconciliation, slots } from './reconciliation.ts';
import { repairReconciliation } from './repair-reconciliation.ts';
import { runReconciliation } from './run-reconciliation.ts';

let fixture: Fixture;
let replica: Replica;
let raw: mongoose.Connection;
beforeAll(async () => {
  fixture = await openFixture();
  replica = await fixture.startReplica();
  raw = await mongoose
    .createConnection(testServers().mongodbUri, { dbName: fixture.database.db.databaseName })
    .asPromise();
});
afterAll(async () => {
  await raw?.close();
  await fixture?.close();
});

/** Past inventory: of an evented collection it never deletes anything. */
const lose = (collection: 'stock_levels' | 'movements', filter: { tenantId: string; [field: string]: unknown }) =>
  raw.collection(collection).deleteMany(filter);

/** Ahead of the process that runs beside: nothing of these tests is due to its sweep. */
const ahead: Clock = { ...systemClock, now: () => new Date(Date.now() + 3_600_000) };

function depsWith(known: OrderFacts[]) {
  const orders: OrdersPort = {
    of: async (_tenantId, ids) => new Map(known.filter(({ id }) => ids.includes(id)).map((one) => [one.id, one])),
    holding: async () => ({ orders: known.filter(({ demand }) => demand === 'holds'), next: null }),
    appliedUpToMs: async () => Number.POSITIVE_INFINITY,
    demandAgain: async () => true,
  };
  const { database, stores } = fixture;
  const told = { onEnd: () => {}, enqueue: () => {}, appliedUpToMs: () => Number.POSITIVE_INFINITY };
  const parts = { database, clock: ahead, log: silentLog, orders, confirmAfterMs: 0, writer: fixture.newWriter() };
  return { ...stores, ...parts, ...told };
}

/** Runs one and repairs what it has found. */
async function reconcile(tenantId: string, known: OrderFacts[] = []) {
  const deps = depsWith(known);
  const caller = { tenantId, userId: 'usr_1' };
  const { created } = await asTenant(tenantId, () => createReconciliation({ caller }, deps));
  const job = { tenantId, id: created.id };
  await runReconciliation(job, new AbortController().signal, deps);
  return {
    found: (await asTenant(tenantId, () => fixture.stores.reconciliations.read(job)))!,
    async repair() {
      const repaired = await asTenant(tenantId, () => repairReconciliation({ ...job, actor: 'usr_1' }, deps));
      return repaired.reconciliation.differences.map(({ repair }) => repair);
    },
  };
}

/** Five shirts, of which an order holds two. */
async function setUp() {
  const tenantId = await fixture.tenant({ shirt: 5 });
  const variantId = `shirt_${tenantId}`;
  const orderId = newId('ord');
  const lines = [{ variantId, quantity: 2 }];
  await fixture.streams.publish('orders', [placedEvent(tenantId, orderId, lines)]);
  await fixture.decided(tenantId, [orderId]);
  const order: OrderFacts = { id: orderId, request: 1, demand: 'holds', lines };
  return { tenantId, variantId, order, as: replica.as({ tenantId, role: 'OWNER' }) };
}

describe('a level that is lost', () => {
  it('is found by its ledger, made again from it, and sells on', async () => {
    const { tenantId, variantId, order, as } = await setUp();
    await lose('stock_levels', { tenantId });
    const { found, repair } = await reconcile(tenantId, [order]);
    expect(found.checked).toMatchObject({ levels: 0, movements: 2, reservations: 1, orders: 1 });
    expect(found.differences).toMatchObject([
      {
        kind: 'level_missing',
        variantId,
        expected: { onHand: 5, reserved: 2, movements: 2 },
        found: { levels: 0 },
        repairable: true,
      },
    ]);
    expect(await repair()).toEqual(['repaired']);
    const level = await fixture.level(tenantId, variantId);
    expect(level).toMatchObject({ onHand: 5, reserved: 2, sequence: 3, version: 3 + remadeVersionLift });
    await checkLedger(fixture, tenantId);
    expect((await reconcile(tenantId, [order])).found).toMatchObject({ differenceCount: 0, checked: { levels: 1 } });
    const sold = await as.post('/v1/adjustments', { variantId, delta: -3, reason: 'damaged' }, withKey('k'));
    expect(sold.status).toBe(201);
    await checkLedger(fixture, tenantId);
  });

  it('gets back what reservations hold of it, where the ledger says something else', async () => {
    const { tenantId, variantId, order } = await setUp();
    await lose('stock_levels', { tenantId });
    await lose('movements', { tenantId, sequence: 2 });
    const { repair } = await reconcile(tenantId, [order]);
    expect(await repair()).toEqual(['repaired']);
    expect(await fixture.level(tenantId, variantId)).toMatchObject({ onHand: 5, reserved: 2, sequence: 2 });
    await checkLedger(fixture, tenantId);
  });

  it('with its ledger is found by what orders hold of it, and cannot be made again', async () => {
    const { tenantId, order } = await setUp();
    await lose('stock_levels', { tenantId });
    await lose('movements', { tenantId });
    const { found, repair } = await reconcile(tenantId, [order]);
    const difference = { kind: 'level_missing', repairable: false, why: expect.any(String) };
    expect(found.differences).toMatchObject([{ ...difference, expected: { onHand: 0, reserved: 2, movements: 0 } }]);
    expect(await repair()).toEqual([undefined]);
    expect(await fixture.rows('stock_levels', tenantId)).toEqual([]);
  });

  it('is refused where something is booked on it, whichever location it was at, until it is there again', async () => {
    const { tenantId, variantId, order, as } = await setUp();
    const north = (await as.post('/v1/locations', { name: 'North' })).body.id as string;
    const adjust = (key: string, locationId?: string) =>
      as.post('/v1/adjustments', { variantId, delta: 1, reason: 'found', locationId }, withKey(key));
    const first = await adjust('k1', north);
    await lose('stock_levels', { tenantId, locationId: north });
    const refused = { status: 409, body: { code: 'level_missing', variantIds: [variantId] } };
    expect(await adjust('k2', north)).toMatchObject(refused);
    expect(await as.delete(`/v1/adjustments/${first.body.id}`)).toMatchObject(refused);
    const { found, repair } = await reconcile(tenantId, [order]);
    expect(found.differences).toMatchObject([{ kind: 'level_missing', locationId: north }]);
    expect(await repair()).toEqual(['repaired']);
    expect((await adjust('k3', north)).status).toBe(201);
    const levels = await fixture.rows<LevelDocument>('stock_levels', tenantId);
    expect(levels.find(({ locationId }) => locationId === north)).toMatchObject({ onHand: 2, sequence: 3 });
    await checkLedger(fixture, tenantId);
  });

  it('is found among more than a page of them', async () => {
    const count = 2 * lookLevelsMax + 10;
    const tenantId = await fixture.tenant(Object.fromEntries(Array.from({ length: count }, (_, n) => [`v${n}`, 1])));
    const kept = `v0_${tenantId}`;
    await lose('stock_levels', { tenantId, variantId: { $ne: kept } });
    const { found } = await reconcile(tenantId);
    expect(found).toMatchObject({ isComplete: true, checked: { levels: 1, movements: count } });
    expect(found.differenceCount).toBe(count - 1);
  });
});

describe('of a tenant one reconciliation at a time', () => {
  it('runs: of many that are asked for at once one starts, and the others are told which', async () => {
    const tenantId = await fixture.tenant({ shirt: 1 });
    const as = replica.as({ tenantId, role: 'ADMIN' });
    const asked = await Promise.all(Array.from({ length: 20 }, () => as.post('/v1/reconciliations', {})));
    const [started, ...others] = asked.toSorted((a, b) => a.status - b.status);
    expect(started!.status).toBe(202);
    const refused = { status: 409, body: { code: 'reconciliation_running', reconciliationId: started!.body.id } };
    for (const other of others) expect(other).toMatchObject(refused);
    expect(await fixture.rows('reconciliations', tenantId)).toHaveLength(1);
  });

  it('runs beside the one of the platform, of which a second start is the first', async () => {
    const tenantId = await fixture.tenant({ shirt: 1 });
    const start = (id: string) => asTenant(tenantId, () => startReconciliation({ tenantId, id }, depsWith([])));
    expect(await start('rec_scheduled')).toBe('rec_scheduled');
    expect(await start('rec_of_an_operator')).toBe('rec_scheduled');
    expect((await replica.as({ tenantId, role: 'ADMIN' }).post('/v1/reconciliations', {})).status).toBe(202);
    expect(await fixture.rows('reconciliations', tenantId)).toHaveLength(2);
  });

  it('is followed by the next one when it has ended', async () => {
    const tenantId = await fixture.tenant({ shirt: 1 });
    for (let n = 0; n < 2; n += 1) expect((await reconcile(tenantId)).found.status).toBe('done');
    expect(await fixture.rows('reconciliations', tenantId)).toHaveLength(2);
  });
});

it('a reconciliation that ended long ago goes, in steps; one that runs and a younger one stay', async () => {
  const tenantId = newId('ten');
  const { reconciliations } = fixture.stores;
  const now = new Date();
  const facts = { tenantId, requestedBy: 'usr_1', creation: {}, slot: slots.people };
  const stored = async (fields: object) => {
    const after = { ...newReconciliation({ ...facts, id: newId('rec') }, now), ...fields };
    await asTenant(tenantId, () => reconciliations.insert([{ after }]));
    return after.id;
  };
  const ended = (ms: number) => ({ status: 'done', slot: undefined, dueAt: undefined, finishedAt: new Date(ms) });
  const [oldest, old, young] = [await stored(ended(1)), await stored(ended(2)), await stored(ended(10))];
  const runs = await stored({ dueAt: ahead.now() });
  expect(await reconciliations.purge(new Date(5), 1)).toEqual([{ tenantId, id: oldest }]);
  expect(await reconciliations.purge(new Date(5), 9)).toEqual([{ tenantId, id: old }]);
  const rows = await fixture.rows('reconciliations', tenantId);
  expect(rows.map(({ _id }) => _id).sort()).toEqual([young, runs].sort());
});
