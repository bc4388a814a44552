// Locations over HTTP on real servers: what is made once, what is refused, and what many at once leave behind.
import { locationsMax } from '@holdfast/shared/contracts';
import { until, withKey } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, openFixture, type Replica } from '../inventory.fixture.ts';
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
