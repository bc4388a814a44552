// Orders decided from real streams into a real MongoDB: never a unit twice, each effect once, each tenant for itself.
import { asTenant } from '@holdfast/shared/persistence';
import { internalToken, until } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toStockCommand } from './adjustments/create-adjustment.ts';
import { checkLedger, type Fixture, type MovementRow, openFixture, type Replica } from './inventory.fixture.ts';
import { cancelledEvent, placedEvent, tenantEvent, variantEvent } from './inventory-streams.fixture.ts';
import { mainLocationIdOf } from './locations/location.ts';

let fixture: Fixture;
let replica: Replica;
beforeAll(async () => {
  fixture = await openFixture();
  replica = await fixture.startReplica();
});
afterAll(() => fixture.close());

const newOrders = (count: number) => Array.from({ length: count }, () => newId('ord'));
const publishedOf = async (tenantId: string, subject: string) =>
  (await fixture.streams.published(tenantId)).filter((event) => event.subject === subject);

describe('the journey of an order', () => {
  it('opens levels, holds, confirms and gives back, and publishes each step', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const variantId = `shirt_${tenantId}`;
    const [orderId] = newOrders(1) as [string];
    await fixture.streams.publish('orders', [placedEvent(tenantId, orderId, [{ variantId, quantity: 2 }])]);
    const held = await fixture.decided(tenantId, [orderId]);
    expect(held.get(orderId)).toMatchObject({
      state: 'held',
      allocations: [{ variantId, locationId: mainLocationIdOf(tenantId), quantity: 2 }],
    });
    expect(await fixture.level(tenantId, variantId)).toMatchObject({ onHand: 5, reserved: 2, version: 2, sequence: 2 });

    await fixture.streams.publish('orders', [cancelledEvent(tenantId, orderId)]);
    await fixture.decided(tenantId, [orderId], 2);
    expect(await fixture.level(tenantId, variantId)).toMatchObject({ onHand: 5, reserved: 0, version: 3, sequence: 3 });
    await checkLedger(fixture, tenantId);

    await until(async () => (await publishedOf(tenantId, orderId)).length === 2, { what: 'outcomes are published' });
    expect(await publishedOf(tenantId, orderId)).toMatchObject([
      { type: 'com.holdfast.reservation.held.v1', aggregateversion: 1, correlationid: `req_${orderId}` },
      { type: 'com.holdfast.reservation.released.v1', aggregateversion: 2 },
    ]);
    const level = await fixture.level(tenantId, variantId);
    expect(await publishedOf(tenantId, level._id)).toMatchObject([
      { type: 'com.holdfast.stock.updated.v1', aggregateversion: 1, data: { onHand: 5, reserved: 0, available: 5 } },
      { aggregateversion: 2, data: { onHand: 5, reserved: 2, available: 3 } },
      { aggregateversion: 3, data: { onHand: 5, reserved: 0, available: 5 } },
    ]);
  });

  it('decides an order after the tenant and variants that were published just before it', async () => {
    const tenantId = newId('ten');
    const variantId = newId('var');
    const orders = newOrders(3);
    // Orders first: the order of writing must not matter, only that the catalog's entry was there when they were read.
    const lines = [{ variantId, quantity: 1 }];
    await fixture.streams.publish('catalog', [variantEvent(tenantId, variantId, 2)]);
    await fixture.streams.publish(
      'orders',
      orders.map((orderId) => placedEvent(tenantId, orderId, lines)),
    );
    await fixture.streams.publish('auth', [tenantEvent(tenantId)]);
    const decided = await fixture.decided(tenantId, orders);
    expect(orders.map((orderId) => decided.get(orderId)!.state)).toEqual(['held', 'held', 'rejected']);
    await checkLedger(fixture, tenantId);
  });

  it('opens a level once, also for an event that comes again', async () => {
    const tenantId = await fixture.tenant({ shirt: 5, sold: 0 });
    const variantId = `shirt_${tenantId}`;
    await fixture.streams.publish('catalog', [variantEvent(tenantId, variantId, 99)]);
    const [orderId] = newOrders(1) as [string];
    await fixture.streams.publish('orders', [placedEvent(tenantId, orderId, [{ variantId, quantity: 6 }])]);
    const decided = await fixture.decided(tenantId, [orderId]);
    expect(decided.get(orderId)).toMatchObject({ state: 'rejected', shortages: [{ requested: 6, available: 5 }] });
    const movements = await fixture.rows<MovementRow>('movements', tenantId);
    expect(movements).toMatchObject([{ kind: 'receipt', onHandDelta: 5, reason: 'initial_stock' }]);
    expect(await fixture.level(tenantId, `sold_${tenantId}`)).toMatchObject({ onHand: 0, sequence: 0, version: 1 });
  });
});

describe('the last item', () => {
  it.each([
    [1, 100],
    [10, 100],
  ])('%i units and %i orders at once: exactly as many are held', async (units, buyers) => {
    const tenantId = await fixture.tenant({ shirt: units });
    const variantId = `shirt_${tenantId}`;
    const orders = newOrders(buyers);
    await Promise.all(
      orders.map((orderId) =>
        fixture.streams.publish('orders', [placedEvent(tenantId, orderId, [{ variantId, quantity: 1 }])]),
      ),
    );
    const decided = await fixture.decided(tenantId, orders);
    const states = Object.groupBy([...decided.values()], (row) => row.state);
    expect(states.held).toHaveLength(units);
    expect(states.rejected).toHaveLength(buyers - units);
    expect(await fixture.level(tenantId, variantId)).toMatchObject({ onHand: units, reserved: units });
    await checkLedger(fixture, tenantId);
  });

  it('is refused only on levels that were read, not on what a process remembers', async () => {
    const tenantId = await fixture.tenant({ shirt: 1 });
    const variantId = `shirt_${tenantId}`;
    const [first, second, third] = newOrders(3) as [string, string, string];
    const lines = [{ variantId, quantity: 1 }];
    await fixture.streams.publish('orders', [placedEvent(tenantId, first, lines)]);
    await fixture.decided(tenantId, [first]);
    // The owner remembers a level without anything left; this goes past it.
    const writer = fixture.newWriter();
    const locationId = mainLocationIdOf(tenantId);
    const change = { kind: 'delta', delta: 1 } as const;
    const requestKey = { key: 'k', requestHash: 'h' };
    const facts = { adjustmentId: newId('adj'), requestKey, reason: 'found', cause: {} } as const;
    const caller = { tenantId, userId: 'usr_1' };
    await asTenant(tenantId, () => writer.add(toStockCommand({ ...facts, caller, variantId, locationId, change })));
    await fixture.streams.publish('orders', [placedEvent(tenantId, second, lines)]);
    expect((await fixture.decided(tenantId, [second])).get(second)).toMatchObject({ state: 'held' });
    await fixture.streams.publish('orders', [placedEvent(tenantId, third, lines)]);
    expect((await fixture.decided(tenantId, [third])).get(third)).toMatchObject({ state: 'rejected' });
    await checkLedger(fixture, tenantId);
  });
});

describe('requests that come again', () => {
  it('change nothing and publish the stored outcome under a new event id', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const variantId = `shirt_${tenantId}`;
    const [orderId, refused] = newOrders(2) as [string, string];
    const placed = placedEvent(tenantId, orderId, [{ variantId, quantity: 2 }]);
    const short = placedEvent(tenantId, refused, [{ variantId, quantity: 4 }]);
    await fixture.streams.publish('orders', [placed, short]);
    await fixture.decided(tenantId, [orderId, refused]);
    // The very same events, and reminders: new events with the same request.
    const reminders = [placedEvent(tenantId, orderId, [{ variantId, quantity: 2 }]), { ...short, id: newId('evt') }];
    await fixture.streams.publish('orders', [placed, ...reminders]);
    await until(async () => (await publishedOf(tenantId, refused)).length === 2, { what: 're-emitted' });
    const told = await publishedOf(tenantId, orderId);
    expect(told.map((event) => [event.type, event.aggregateversion])).toEqual(
      Array(3).fill(['com.holdfast.reservation.held.v1', 1]),
    );
    expect(new Set(told.map((event) => event.id)).size).toBe(3);
    expect(await fixture.level(tenantId, variantId)).toMatchObject({ reserved: 2, version: 2 });
    await checkLedger(fixture, tenantId);
  });

  it('a cancellation that overtakes leaves a tombstone, and the place holds nothing', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const variantId = `shirt_${tenantId}`;
    const [orderId, last] = newOrders(2) as [string, string];
    const lines = [{ variantId, quantity: 2 }];
    await fixture.streams.publish('orders', [cancelledEvent(tenantId, orderId)]);
    await fixture.decided(tenantId, [orderId], 2);
    await fixture.streams.publish('orders', [
      placedEvent(tenantId, orderId, lines),
      placedEvent(tenantId, last, lines),
    ]);
    const decided = await fixture.decided(tenantId, [last]);
    expect(decided.get(orderId)).toMatchObject({ state: 'released', request: 2, allocations: [] });
    expect(await fixture.level(tenantId, variantId)).toMatchObject({ reserved: 2 });
    await checkLedger(fixture, tenantId);
  });
});

describe('tenants', () => {
  it("an order that names another tenant's variant is rejected, and nothing of the other is touched", async () => {
    const victim = await fixture.tenant({ shirt: 5 });
    const attacker = await fixture.tenant({});
    const collections = ['stock_levels', 'movements', 'reservations', 'stock_items', 'locations'];
    const everything = () => Promise.all(collections.map((collection) => fixture.rows(collection, victim)));
    const before = await everything();
    const [orderId, unknown] = newOrders(2) as [string, string];
    await fixture.streams.publish('orders', [
      placedEvent(attacker, orderId, [{ variantId: `shirt_${victim}`, quantity: 1 }]),
      placedEvent(attacker, unknown, [{ variantId: 'var_of_nobody', quantity: 1 }]),
    ]);
    const decided = await fixture.decided(attacker, [orderId, unknown]);
    expect(decided.get(orderId)).toMatchObject({ state: 'rejected', shortages: [{ requested: 1, available: 0 }] });
    expect(decided.get(unknown)).toMatchObject({ state: 'rejected', shortages: [{ requested: 1, available: 0 }] });
    expect(await everything()).toEqual(before);
    expect(await fixture.rows('movements', attacker)).toEqual([]);
  });

  it("a forged order with another tenant's order id is dead-lettered, and the partition goes on", async () => {
    const victim = await fixture.tenant({ shirt: 5 });
    const attacker = await fixture.tenant({ shirt: 5 });
    const [orderId, next] = newOrders(2) as [string, string];
    const lines = [{ variantId: `shirt_${attacker}`, quantity: 1 }];
    await fixture.streams.publish('orders', [
      placedEvent(victim, orderId, [{ variantId: `shirt_${victim}`, quantity: 1 }]),
    ]);
    const before = (await fixture.decided(victim, [orderId])).get(orderId);
    await fixture.streams.publish('orders', [
      placedEvent(attacker, orderId, lines),
      placedEvent(attacker, next, lines),
    ]);
    await fixture.decided(attacker, [next]);
    expect((await fixture.decided(victim, [orderId])).get(orderId)).toEqual(before);
    expect(await fixture.rows('dead_letters', attacker)).toHaveLength(1);
    await checkLedger(fixture, attacker);

    // What comes after it waits behind it, until somebody decides what becomes of it.
    await fixture.streams.publish('orders', [cancelledEvent(attacker, orderId)]);
    await until(async () => (await fixture.rows('dead_letters', attacker)).length === 2, { what: 'parked' });
    const url = `/internal/dead-letters?tenantId=${attacker}`;
    expect((await replica.as().get(url)).status).toBe(401);
    const operator = replica.as(internalToken);
    expect((await operator.get(url)).body.data).toMatchObject([
      { tenantId: attacker, subject: orderId, state: 'dead' },
      { tenantId: attacker, subject: orderId, state: 'parked', error: '' },
    ]);
    const payload = { tenantId: attacker, subject: orderId };
    const replay = (body: object) => operator.post('/internal/dead-letters/replay', body);
    expect((await replay(payload)).body).toMatchObject({ applied: 0, failed: { domain: 'orders' } });
    expect((await replay({})).status).toBe(400);
    expect((await replay({ ...payload, discardFirst: true })).body).toMatchObject({ discarded: 1, applied: 0 });
    expect((await replay({ ...payload, discardFirst: true })).body).toEqual({ discarded: 1, applied: 0 });
    expect(await fixture.rows('dead_letters', attacker)).toEqual([]);
    expect((await fixture.decided(victim, [orderId])).get(orderId)).toEqual(before);
  });
});

describe('two processes', () => {
  it('share the partitions, lose and double nothing while one of them comes and goes', async () => {
    const tenants = await Promise.all(Array.from({ length: 8 }, () => fixture.tenant({ shirt: 20, hat: 15 })));
    const orders = tenants.map(() => newOrders(40));
    const publishHalf = (from: number, to: number) =>
      Promise.all(
        tenants.map((tenantId, n) =>
          fixture.streams.publish(
            'orders',
            orders[n]!.slice(from, to).map((orderId, i) =>
              placedEvent(tenantId, orderId, [
                { variantId: `shirt_${tenantId}`, quantity: 1 },
                ...(i % 2 === 0 ? [{ variantId: `hat_${tenantId}`, quantity: 1 }] : []),
              ]),
            ),
          ),
        ),
      );
    await publishHalf(0, 20);
    const other = await fixture.startReplica();
    await until(() => other.deps.consumer.status().owned.length > 0, { what: 'the other owns partitions' });
    await publishHalf(20, 30);
    const leaving = other.close();
    await publishHalf(30, 40);
    await Promise.all([leaving, ...tenants.map((tenantId, n) => fixture.decided(tenantId, orders[n]!))]);
    for (const [n, tenantId] of tenants.entries()) {
      const decided = await fixture.decided(tenantId, orders[n]!);
      expect([...decided.values()].filter((row) => row.state === 'held')).toHaveLength(20);
      await checkLedger(fixture, tenantId);
    }
  });
});
