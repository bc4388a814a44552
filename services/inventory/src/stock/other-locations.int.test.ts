// Whoever follows stock.updated sums a variant over its locations: each kind of change says what the others have.
import type { DomainEvent } from '@holdfast/shared/contracts';
import { asTenant } from '@holdfast/shared/persistence';
import { internalToken, until, withKey } from '@holdfast/shared/testing';
import { newId, silentLog, systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweepWithdrawals } from '../adjustments/sweep-withdrawals.job.ts';
import { checkLedger, type Fixture, openFixture, type Replica } from '../inventory.fixture.ts';
import { cancelledEvent, placedEvent } from '../inventory-streams.fixture.ts';
import { withdrawalMs } from '../limits.ts';
import type { OrdersPort } from '../reconciliation/ask-orders.ts';
import { createReconciliation } from '../reconciliation/create-reconciliation.ts';
import type { OrderFacts } from '../reconciliation/difference.ts';
import { repairReconciliation } from '../reconciliation/repair-reconciliation.ts';
import { runReconciliation } from '../reconciliation/run-reconciliation.ts';

let fixture: Fixture;
let replica: Replica;
beforeAll(async () => {
  fixture = await openFixture();
  replica = await fixture.startReplica();
});
afterAll(() => fixture.close());

type Numbers = { onHand: number; reserved: number; available: number };
type Told = Numbers & { others?: Numbers[] };
type Sent = { status: number; body: { id: string; locationId: string } };

/** Six shirts at the main location and four at another one; some of the six are held. */
async function setUp(held = 0) {
  const tenantId = await fixture.tenant({ shirt: 6 });
  const variantId = `shirt_${tenantId}`;
  const me = replica.as({ tenantId, role: 'OWNER' });
  const orderId = newId('ord');
  const order = { id: orderId, request: 1, demand: 'holds', lines: [{ variantId, quantity: held }] } as OrderFacts;
  if (held > 0) {
    await fixture.streams.publish('orders', [placedEvent(tenantId, orderId, [{ variantId, quantity: held }])]);
    await fixture.decided(tenantId, [orderId]);
  }
  const north = (await me.post('/v1/locations', { name: 'North' })).body.id as string;
  const adjust = async (body: object) =>
    (await me.post('/v1/adjustments', { variantId, reason: 'other', ...body }, withKey(newId('req')))) as Sent;
  await adjust({ delta: 4, locationId: north });
  const published = async () =>
    (await fixture.streams.published(tenantId)).filter(({ type }) => type.includes('.stock.updated.'));
  const levels = () => fixture.rows<{ _id: string; tenantId: string; version: number }>('stock_levels', tenantId);
  const toldAll = async () => {
    const [events, stored] = [await published(), await levels()];
    const isTold = (id: string, version: number) =>
      events.some(({ subject, aggregateversion }) => subject === id && aggregateversion === version);
    return stored.every(({ _id, version }) => isTold(_id, version));
  };
  await until(toldAll, { what: 'all that was done before is published' });

  /** Each event that a change leads to has both locations; the last one the sums that stock has then. */
  async function expectTold(change: () => Promise<unknown>) {
    const seen = new Set((await published()).map(({ id }) => id));
    await change();
    const fresh = async () => (await published()).filter(({ id }) => !seen.has(id)) as DomainEvent[];
    await until(async () => (await fresh()).length > 0 && (await toldAll()), { what: 'the change is published' });
    const told = (await fresh()).map(({ data }) => data as Told);
    for (const one of told) expect(one.others).toHaveLength(1);
    const last = told.at(-1)!;
    const sum = (field: keyof Numbers) => last.others!.reduce((total, other) => total + other[field], last[field]);
    const { onHand, reserved, available } = (await me.get(`/v1/stock/${variantId}`)).body;
    const sums = { onHand: sum('onHand'), reserved: sum('reserved'), available: sum('available') };
    expect(sums).toEqual({ onHand, reserved, available });
    return sums;
  }
  return { tenantId, variantId, north, me, adjust, order, expectTold };
}

describe('what other locations have is told by', () => {
  it('an adjustment, its correction and its deletion', async () => {
    const { me, adjust, expectTold, north } = await setUp();
    let id = '';
    await expectTold(async () => {
      id = (await adjust({ delta: 5, locationId: north })).body.id;
    });
    await expectTold(() => me.send('PATCH', `/v1/adjustments/${id}`, { delta: 3, reason: 'found' }));
    expect(await expectTold(() => me.send('DELETE', `/v1/adjustments/${id}`))).toMatchObject({ onHand: 10 });
  });

  it('a forced one that waits, is applied by a cancellation, or is refused', async () => {
    const { tenantId, adjust, expectTold, order } = await setUp(6);
    const force = () => adjust({ delta: -2, force: true });
    // What it is going to take is promised to nobody: four shirts are left, which lie at the other location.
    const waits = { onHand: 10, reserved: 6, available: 4 };
    expect(await expectTold(force)).toEqual(waits);
    const clock = { ...systemClock, now: () => new Date(Date.now() + withdrawalMs) };
    const writer = fixture.newWriter({ clock });
    const sweep = () => sweepWithdrawals({ ...fixture.stores, writer, clock, log: silentLog });
    expect(await expectTold(sweep)).toEqual(waits);
    expect(await expectTold(force)).toEqual(waits);
    const cancel = () => fixture.streams.publish('orders', [cancelledEvent(tenantId, order.id)]);
    expect(await expectTold(cancel)).toEqual({ onHand: 8, reserved: 0, available: 8 });
    await checkLedger(fixture, tenantId);
  });

  it('an order that is placed, which gets nothing of what waits to be taken', async () => {
    const { tenantId, variantId, adjust, expectTold } = await setUp(5);
    expect(await expectTold(() => adjust({ delta: -3, force: true }))).toEqual({
      onHand: 10,
      reserved: 5,
      available: 4,
    });
    const place = (orderId: string, quantity: number) =>
      fixture.streams.publish('orders', [placedEvent(tenantId, orderId, [{ variantId, quantity }])]);
    const [large, small] = [newId('ord'), newId('ord')];
    await place(large, 5);
    expect((await fixture.decided(tenantId, [large])).get(large)).toMatchObject({ state: 'rejected' });
    expect(await expectTold(() => place(small, 4))).toEqual({ onHand: 10, reserved: 9, available: 0 });
    await checkLedger(fixture, tenantId);
  });

  it('a transfer that is shipped, received, or cancelled on its way', async () => {
    const { variantId, north, me, expectTold } = await setUp();
    const { body: main } = await me.get('/v1/locations');
    const fromLocationId = main.data.find(({ id }: { id: string }) => id !== north).id;
    const plan = { fromLocationId, toLocationId: north, lines: [{ variantId, quantity: 2 }] };
    const [first, second] = [
      (await me.post('/v1/transfers', plan)).body.id,
      (await me.post('/v1/transfers', plan)).body.id,
    ];
    expect(await expectTold(() => me.post(`/v1/transfers/${first}/ship`))).toMatchObject({ onHand: 8 });
    expect(await expectTold(() => me.post(`/v1/transfers/${first}/receive`))).toMatchObject({ onHand: 10 });
    await expectTold(() => me.post(`/v1/transfers/${second}/ship`));
    expect(await expectTold(() => me.post(`/v1/transfers/${second}/cancel`))).toMatchObject({ onHand: 10 });
  });

  it('counts of a file, and a reorder level', async () => {
    const { tenantId, variantId, me, expectTold } = await setUp();
    const count = () =>
      replica.app.inject({
        method: 'POST',
        url: '/internal/stock-counts',
        headers: { authorization: `Bearer ${internalToken}` },
        payload: { tenantId, actor: 'usr_1', importId: newId('imp'), counts: [{ line: 2, variantId, count: 9 }] },
      });
    expect(await expectTold(count)).toMatchObject({ onHand: 13 });
    await expectTold(() => me.send('PATCH', `/v1/stock/${variantId}`, { reorderLevel: 7 }));
  });

  it('repairs of a level, and of an order that has ended', async () => {
    const { tenantId, variantId, north, order, expectTold } = await setUp(2);
    const orders: OrdersPort = {
      of: async () => new Map([[order.id, { ...order, demand: 'none' as const, lines: [] }]]),
      holding: async () => ({ orders: [], next: null }),
      appliedUpToMs: async () => Number.POSITIVE_INFINITY,
      demandAgain: async () => true,
    };
    const parts = { ...fixture.stores, database: fixture.database, clock: systemClock, log: silentLog, orders };
    const run = {
      confirmAfterMs: 0,
      appliedUpToMs: () => Number.POSITIVE_INFINITY,
      onEnd: () => {},
      enqueue: () => {},
    };
    const deps = { ...parts, ...run, writer: fixture.newWriter() };
    const repair = async () => {
      const caller = { tenantId, userId: 'usr_1' };
      const { created } = await asTenant(tenantId, () => createReconciliation({ caller }, deps));
      const key = { tenantId, id: created.id };
      await runReconciliation(key, new AbortController().signal, deps);
      // The sweep of the replica may have gone on with it meanwhile.
      const read = () => asTenant(tenantId, () => fixture.stores.reconciliations.read(key));
      await until(async () => (await read())?.status === 'done', { what: 'the reconciliation is done' });
      const command = { tenantId, id: created.id, actor: 'usr_1' };
      const { reconciliation } = await asTenant(tenantId, () => repairReconciliation(command, deps));
      expect(reconciliation.differences.map((one) => one.repair)).toEqual(['repaired']);
    };
    expect(await expectTold(repair)).toEqual({ onHand: 10, reserved: 0, available: 10 });
    const damaged = fixture.database.db.collection('stock_levels');
    const change = { $set: { events: [] }, $inc: { onHand: 1 } };
    await asTenant(tenantId, () => damaged.updateOne({ tenantId, variantId, locationId: north }, change));
    expect(await expectTold(repair)).toEqual({ onHand: 10, reserved: 0, available: 10 });
    await checkLedger(fixture, tenantId);
  });
});
