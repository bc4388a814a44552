// Locations over HTTP on real servers: what is made once, what is refused, and what many at once leave behind.
import { locationsMax } from '@holdfast/shared/contracts';
import { until, withKey } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLedger, type Fixture, type LevelDocument, openFixture, type Replica } from '../inventory.fixture.ts';
import { placedEvent } from '../inventory-streams.fixture.ts';
import { mainLocationIdOf } from './location.ts';

let fixture: Fixture;
let replica: Replica;
let other: Replica;
beforeAll(async () => {
  fixture = await openFixture();
  [replica, other] = [await fixture.startReplica(), await fixture.startReplica()];
});
afterAll(() => fixture.close());

const as = (tenantId: string, role = 'MANAGER', via = replica) => via.as({ tenantId, userId: 'usr_1', role } as never);
const create = (tenantId: string, body: object, key = newId('req')) =>
  as(tenantId).post('/v1/locations', body, withKey(key));

describe('a location', () => {
  it('is created after the others, read, listed, changed and removed, each with its event', async () => {
    const tenantId = await fixture.tenant();
    const north = await create(tenantId, { name: 'North' });
    const { id } = north.body;
    expect(north).toMatchObject({
      status: 201,
      headers: { etag: '"1"', location: `/v1/locations/${id}` },
      body: { name: 'North', priority: 2, version: 1 },
    });
    expect((await create(tenantId, { name: 'South', priority: 1 })).body).toMatchObject({ priority: 1 });
    expect((await as(tenantId, 'STAFF').get(`/v1/locations/${id}`)).body).toEqual(north.body);
    const names = async () =>
      (await as(tenantId, 'STAFF').get('/v1/locations')).body.data.map(({ name }: { name: string }) => name).sort();
    expect(await names()).toEqual(['North', 'South', 'main']);

    const renamed = await as(tenantId).patch(`/v1/locations/${id}`, { name: 'Nord', priority: 7 });
    expect(renamed).toMatchObject({ status: 200, body: { name: 'Nord', priority: 7, version: 2 } });
    const same = await as(tenantId).patch(`/v1/locations/${id}`, { name: 'Nord' });
    expect(same.body).toEqual(renamed.body);
    const stale = await as(tenantId).delete(`/v1/locations/${id}`, { 'if-match': '"1"' });
    expect(stale.body.code).toBe('stale_version');
    expect((await as(tenantId).delete(`/v1/locations/${id}`, { 'if-match': '"2"' })).status).toBe(204);
    expect((await as(tenantId).get(`/v1/locations/${id}`)).status).toBe(404);
    expect((await as(tenantId).delete(`/v1/locations/${id}`)).status).toBe(404);
    expect((await as(tenantId).patch(`/v1/locations/${id}`, { priority: 3 })).status).toBe(404);
    expect(await names()).toEqual(['South', 'main']);

    const told = async () => (await fixture.streams.published(tenantId)).filter(({ subject }) => subject === id);
    await until(async () => (await told()).length === 3, { what: 'three events' });
    expect(await told()).toMatchObject([
      { type: 'com.holdfast.location.created.v1', data: { locationId: id, name: 'North', priority: 2 } },
      { type: 'com.holdfast.location.updated.v1', aggregateversion: 2, data: { name: 'Nord', priority: 7 } },
      { type: 'com.holdfast.location.deleted.v1', aggregateversion: 3 },
    ]);
  });

  it('has a name of its own, whatever its case, which is free again when it is gone', async () => {
    const tenantId = await fixture.tenant();
    const { body } = await create(tenantId, { name: 'Lager Süd' });
    const taken = { status: 409, body: { code: 'location_taken', locationId: body.id } };
    expect(await create(tenantId, { name: '  LAGER SU\u0308D ' })).toMatchObject(taken);
    expect(
      await as(tenantId).patch(`/v1/locations/${mainLocationIdOf(tenantId)}`, { name: 'lager süd' }),
    ).toMatchObject(taken);
    expect((await as(tenantId).patch(`/v1/locations/${body.id}`, { name: 'LAGER SÜD' })).status).toBe(200);
    await as(tenantId).delete(`/v1/locations/${body.id}`);
    expect((await create(tenantId, { name: 'Lager Süd' })).status).toBe(201);
  });

  it('is made once under a key, and the first answer comes again whatever became of it', async () => {
    const tenantId = await fixture.tenant();
    const key = newId('req');
    const first = await create(tenantId, { name: 'A' }, key);
    await as(tenantId).patch(`/v1/locations/${first.body.id}`, { name: 'B', priority: 9 });
    const again = await create(tenantId, { name: 'A' }, key);
    expect(again).toMatchObject({ status: 201, body: first.body, headers: { 'idempotency-replayed': 'true' } });
    expect((await create(tenantId, { name: 'C' }, key)).body.code).toBe('idempotency_key_reused');
  });

  it('is changed by managers only', async () => {
    const tenantId = await fixture.tenant();
    for (const role of ['SUPPORT', 'STAFF', 'CUSTOMER']) {
      expect((await as(tenantId, role).post('/v1/locations', { name: 'X' })).status).toBe(403);
    }
    expect((await as(tenantId, 'CUSTOMER').get('/v1/locations')).status).toBe(403);
  });

  it('that a tenant started with stays, and so does one where something lies', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const main = `/v1/locations/${mainLocationIdOf(tenantId)}`;
    expect((await as(tenantId).delete(main)).body.code).toBe('last_location');
    expect((await as(tenantId).patch(main, { name: 'Headquarters', priority: 3 })).status).toBe(200);
  });
});

const adjust = (tenantId: string, body: object, via = replica) =>
  as(tenantId, 'SUPPORT', via).post('/v1/adjustments', { reason: 'found', ...body }, withKey(newId('req')));

describe('stock at a second location', () => {
  it('opens a level there, keeps the location, and leaves its movements when the location is gone', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const variantId = `shirt_${tenantId}`;
    const locationId = (await create(tenantId, { name: 'North' })).body.id;
    expect((await adjust(tenantId, { variantId, locationId, delta: -1 })).body.code).toBe('stock_out_of_range');
    expect((await adjust(tenantId, { variantId: 'var_x', locationId, delta: 1 })).body.code).toBe('unknown_variant');
    const key = withKey(newId('req'));
    const brought = { variantId, locationId, delta: 3, reason: 'found' };
    const first = await as(tenantId).post('/v1/adjustments', brought, key);
    expect(first).toMatchObject({ status: 201, body: { onHandAfter: 3, locationId } });
    expect((await as(tenantId).get(`/v1/stock/${variantId}`)).body).toMatchObject({
      onHand: 8,
      locations: expect.arrayContaining([expect.objectContaining({ locationId, onHand: 3 })]),
    });
    const refused = await as(tenantId).delete(`/v1/locations/${locationId}`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'location_has_stock', variantIds: [variantId] } });

    await adjust(tenantId, { variantId, locationId, delta: -3 });
    expect((await as(tenantId).delete(`/v1/locations/${locationId}`)).status).toBe(204);
    expect((await adjust(tenantId, { variantId, locationId, delta: 1 })).body.code).toBe('unknown_location');
    expect(await as(tenantId).post('/v1/adjustments', brought, key)).toMatchObject({ status: 201, body: first.body });
    const { data } = (await as(tenantId).get(`/v1/movements?variantId=${variantId}`)).body;
    expect(data.filter((movement: { locationId: string }) => movement.locationId === locationId)).toHaveLength(2);
    await checkLedger(fixture, tenantId);
  });

  it('is written with its location, so that a deletion runs into it', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const locationId = (await create(tenantId, { name: 'North' })).body.id;
    const arrivals = async () => {
      const rows = await fixture.rows<{ _id: string; tenantId: string; arrivals: number }>('locations', tenantId);
      return rows.find(({ _id }) => _id === locationId)!.arrivals;
    };
    const bring = (delta: number) => adjust(tenantId, { variantId: `shirt_${tenantId}`, locationId, delta });
    await bring(2);
    expect(await arrivals()).toBe(1);
    // Only what comes to where nothing was: nobody can delete a location that has some.
    await bring(2);
    await bring(-4);
    expect(await arrivals()).toBe(1);
    await bring(1);
    expect(await arrivals()).toBe(2);
    expect((await as(tenantId).get(`/v1/locations/${locationId}`)).body.version).toBe(1);
  });

  it('never lies at a location that is deleted at the same time', async () => {
    const tenantId = await fixture.tenant({ shirt: 5, cap: 5 });
    const race = async (n: number) => {
      const locationId = (await create(tenantId, { name: `Race ${n}` })).body.id;
      const [removed, ...brought] = await Promise.all([
        as(tenantId, 'MANAGER', n % 2 ? replica : other).delete(`/v1/locations/${locationId}`),
        adjust(tenantId, { variantId: `shirt_${tenantId}`, locationId, delta: 1 }),
        adjust(tenantId, { variantId: `cap_${tenantId}`, locationId, delta: 1 }, other),
      ]);
      const isRemoved = removed.status === 204;
      const codes = brought.map(({ status, body }) => body.code ?? status);
      return { isRemoved, codes };
    };
    for (let n = 0; n < 12; n += 1) {
      const { isRemoved, codes } = await race(n);
      expect(codes).toEqual(isRemoved ? ['unknown_location', 'unknown_location'] : expect.arrayContaining([201]));
    }
    const live = (await as(tenantId).get('/v1/locations?limit=100')).body.data.map(({ id }: { id: string }) => id);
    const levels = await fixture.rows<LevelDocument>('stock_levels', tenantId);
    expect(levels.filter(({ onHand }) => onHand > 0).every(({ locationId }) => live.includes(locationId))).toBe(true);
    await checkLedger(fixture, tenantId);
  });

  it('serves orders by priority, at once when it is new or comes first, and together with the others', async () => {
    const { tenantId, place, north, bring } = await withNorth({ shirt: 2 });
    expect(await place(1)).toEqual(['1 main']);
    await bring(2, north);
    expect(await place(1)).toEqual(['1 north']);
    expect(await place(2)).toEqual(['1 north', '1 main']);
    expect(await place(1)).toEqual([]);
    await checkLedger(fixture, tenantId);
  });

  it('serves what was brought to it behind the back of who decides on orders', async () => {
    const { tenantId, place, north, bring } = await withNorth({ shirt: 4 });
    await bring(1, north);
    expect(await place(2)).toEqual(['1 north', '1 main']);
    // The main location would do, by all that the process knows, and the other one comes first.
    await bring(1, north);
    expect(await place(1)).toEqual(['1 north']);
    expect(await place(4)).toEqual([]);
    expect(await place(3)).toEqual(['3 main']);
    await checkLedger(fixture, tenantId);
  });
});

/** A tenant with shirts at its main location, and another location that comes first. */
async function withNorth(stock: { shirt: number }) {
  const tenantId = await fixture.tenant(stock);
  const variantId = `shirt_${tenantId}`;
  const main = mainLocationIdOf(tenantId);
  const north: string = (await create(tenantId, { name: 'North' })).body.id;
  await as(tenantId).patch(`/v1/locations/${main}`, { priority: 5 });
  return {
    tenantId,
    north,
    bring: (delta: number, locationId: string) => adjust(tenantId, { variantId, locationId, delta }),
    /** Places an order; where it is served from. */
    async place(quantity: number): Promise<string[]> {
      const orderId = newId('ord');
      await fixture.streams.publish('orders', [placedEvent(tenantId, orderId, [{ variantId, quantity }])]);
      const { allocations } = (await fixture.decided(tenantId, [orderId])).get(orderId)!;
      return allocations.map((one) => `${one.quantity} ${one.locationId === main ? 'main' : 'north'}`);
    },
  };
}

describe('many at once', () => {
  it('leave one location of a name, and no more than a tenant may have', async () => {
    const tenantId = await fixture.tenant();
    const beside = (n: number, name: string) =>
      as(tenantId, 'MANAGER', n % 2 ? replica : other).post('/v1/locations', { name }, withKey(newId('req')));
    const same = await Promise.all(Array.from({ length: 8 }, (_, n) => beside(n, 'North')));
    expect(same.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409, 409, 409]);
    for (let n = 3; n < locationsMax; n += 1) expect((await create(tenantId, { name: `L${n}` })).status).toBe(201);
    const last = await Promise.all(['Y', 'Z'].map((name, n) => beside(n, name)));
    expect(last.map(({ body }) => body.code ?? 'created').sort()).toEqual(['created', 'too_many_locations']);
  });
});
