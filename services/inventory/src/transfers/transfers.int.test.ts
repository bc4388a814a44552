// Transfers over HTTP on real servers: both legs, what is refused, what is repeated, and many at once.
import { until, withKey } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLedger, type Fixture, type MovementRow, openFixture, type Replica } from '../inventory.fixture.ts';
import { placedEvent } from '../inventory-streams.fixture.ts';
import { mainLocationIdOf } from '../locations/location.ts';

let fixture: Fixture;
let replica: Replica;
let other: Replica;
beforeAll(async () => {
  fixture = await openFixture();
  [replica, other] = [await fixture.startReplica(), await fixture.startReplica()];
});
afterAll(() => fixture.close());

const as = (tenantId: string, role = 'SUPPORT', via = replica) => via.as({ tenantId, userId: 'usr_1', role } as never);
type Step = 'ship' | 'receive' | 'cancel';

/** A tenant with ten shirts at its main location, and a second location. */
async function setUp() {
  const tenantId = await fixture.tenant({ shirt: 10, cap: 4 });
  const north = (await as(tenantId, 'MANAGER').post('/v1/locations', { name: 'North' })).body.id as string;
  const [shirt, cap] = [`shirt_${tenantId}`, `cap_${tenantId}`];
  const main = mainLocationIdOf(tenantId);
  const plan = async (lines = [{ variantId: shirt, quantity: 4 }], from = main, to = north) =>
    (await as(tenantId).post('/v1/transfers', { fromLocationId: from, toLocationId: to, lines })).body;
  const step = (id: string, name: Step, body?: object, { key = '', via = replica } = {}) =>
    as(tenantId, 'SUPPORT', via).post(`/v1/transfers/${id}/${name}`, body, key === '' ? {} : withKey(key));
  const stock = async (variantId = shirt) => {
    const { body } = await as(tenantId).get(`/v1/stock/${variantId}`);
    const at = (locationId: string) =>
      body.locations.find((level: { locationId: string }) => level.locationId === locationId)?.onHand ?? 0;
    return { onHand: body.onHand, available: body.available, main: at(main), north: at(north) };
  };
  return { tenantId, north, main, shirt, cap, plan, step, stock };
}

describe('a transfer', () => {
  it('leaves one location, is nowhere on the way, and arrives at the other', async () => {
    const { tenantId, plan, step, stock, north } = await setUp();
    const draft = await plan();
    expect(draft).toMatchObject({ status: 'DRAFT', version: 1, createdBy: 'usr_1' });
    expect(await stock()).toMatchObject({ main: 10, north: 0 });
    const shipped = await step(draft.id, 'ship');
    expect(shipped).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { status: 'SHIPPED', version: 2 } });
    expect(shipped.body).toMatchObject({ shippedBy: 'usr_1', shippedAt: expect.any(String) });
    expect(await stock()).toEqual({ onHand: 6, available: 6, main: 6, north: 0 });
    const received = await step(draft.id, 'receive');
    expect(received.body).toMatchObject({ status: 'RECEIVED', lines: [{ quantity: 4, received: 4, shortage: 0 }] });
    expect(await stock()).toEqual({ onHand: 10, available: 10, main: 6, north: 4 });
    expect((await as(tenantId).get(`/v1/transfers/${draft.id}`)).body).toEqual(received.body);
    const movements = await fixture.rows<MovementRow & { reason: string }>('movements', tenantId);
    const moved = movements.filter(({ kind }) => kind === 'transfer');
    expect(moved.map(({ reason, onHandDelta }) => [reason, onHandDelta]).sort()).toEqual([
      ['transfer_received', 4],
      ['transfer_shipped', -4],
    ]);
    await checkLedger(fixture, tenantId);

    const told = async () => (await fixture.streams.published(tenantId)).filter(({ subject }) => subject === draft.id);
    await until(async () => (await told()).length === 3, { what: 'three events' });
    expect((await told()).map(({ type }) => type.split('.')[3])).toEqual(['created', 'shipped', 'received']);
    expect((await told())[2]).toMatchObject({ data: { toLocationId: north, lines: [{ received: 4, shortage: 0 }] } });
  });

  it('arrives in part: the rest is a shortage, on hand nowhere', async () => {
    const { tenantId, plan, step, stock, shirt, cap } = await setUp();
    const { id } = await plan([
      { variantId: shirt, quantity: 3 },
      { variantId: cap, quantity: 2 },
      { variantId: shirt, quantity: 2 },
    ]);
    await step(id, 'ship');
    const wrong = await step(id, 'receive', { lines: [{ variantId: shirt, quantity: 6 }] });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'transfer_mismatch' } });
    const { body } = await step(id, 'receive', { lines: [{ variantId: shirt, quantity: 4 }] });
    expect(body.lines).toEqual([
      { variantId: shirt, quantity: 5, received: 4, shortage: 1 },
      { variantId: cap, quantity: 2, received: 0, shortage: 2 },
    ]);
    expect(await stock()).toMatchObject({ main: 5, north: 4 });
    expect(await stock(cap)).toMatchObject({ main: 2, north: 0 });
    await checkLedger(fixture, tenantId);
  });

  it('that is cancelled on its way returns to its source, and as a draft moves nothing', async () => {
    const { tenantId, plan, step, stock } = await setUp();
    const [draft, away] = [await plan(), await plan()];
    await step(away.id, 'ship');
    expect((await step(draft.id, 'cancel')).body).toMatchObject({ status: 'CANCELLED', version: 2 });
    expect(await stock()).toMatchObject({ main: 6 });
    expect((await step(away.id, 'cancel')).body).toMatchObject({ status: 'CANCELLED', cancelledBy: 'usr_1' });
    expect(await stock()).toEqual({ onHand: 10, available: 10, main: 10, north: 0 });
    const listed = (await as(tenantId).get('/v1/transfers?status=CANCELLED')).body.data;
    expect(listed.map(({ id }: { id: string }) => id)).toEqual([away.id, draft.id]);
    expect((await as(tenantId).get('/v1/transfers?status=SHIPPED')).body.data).toEqual([]);
    await checkLedger(fixture, tenantId);
  });

  it('goes along its states only', async () => {
    const { plan, step } = await setUp();
    const { id } = await plan();
    expect(await step(id, 'receive')).toMatchObject({
      status: 409,
      body: { code: 'illegal_transition', transferStatus: 'DRAFT', allowed: ['SHIPPED', 'CANCELLED'] },
    });
    await step(id, 'ship');
    await step(id, 'receive');
    for (const name of ['ship', 'receive', 'cancel'] as const) {
      expect((await step(id, name)).body).toMatchObject({ code: 'illegal_transition', allowed: [] });
    }
    expect((await step('tra_unknown', 'ship')).status).toBe(404);
  });

  it('takes no more than is there and not reserved', async () => {
    const { tenantId, plan, step, stock, shirt, cap } = await setUp();
    const orderId = newId('ord');
    await fixture.streams.publish('orders', [placedEvent(tenantId, orderId, [{ variantId: shirt, quantity: 7 }])]);
    await fixture.decided(tenantId, [orderId]);
    expect(await step((await plan()).id, 'ship')).toMatchObject({
      status: 409,
      body: {
        code: 'would_break_reservations',
        orderIds: [orderId],
        shortages: [{ variantId: shirt, requested: 4, available: 3 }],
      },
    });
    const both = [
      { variantId: cap, quantity: 1 },
      { variantId: shirt, quantity: 11 },
    ];
    expect((await step((await plan(both)).id, 'ship')).body).toMatchObject({
      code: 'insufficient_stock',
      shortages: [{ variantId: shirt, requested: 11, available: 3 }],
    });
    expect(await stock(cap)).toMatchObject({ main: 4 });
    await checkLedger(fixture, tenantId);
  });

  it('keeps both of its locations while it is on the way', async () => {
    const { tenantId, plan, step, shirt, north, main } = await setUp();
    const south = (await as(tenantId, 'MANAGER').post('/v1/locations', { name: 'South' })).body.id;
    const first = await plan();
    await step(first.id, 'ship');
    const remove = (id: string) => as(tenantId, 'MANAGER').delete(`/v1/locations/${id}`);
    expect((await remove(north)).body).toMatchObject({ code: 'location_has_stock', transferIds: [first.id] });
    await step(first.id, 'receive');
    const onward = await plan([{ variantId: shirt, quantity: 4 }], north, south);
    const planned = await plan([{ variantId: shirt, quantity: 1 }], main, south);
    await step(onward.id, 'ship');
    expect((await remove(north)).body).toMatchObject({ variantIds: [], transferIds: [onward.id] });
    await step(onward.id, 'cancel');
    expect((await remove(south)).status).toBe(204);
    expect((await step(planned.id, 'ship')).body.code).toBe('unknown_location');
  });

  it('answers a repeated request as the first one, whatever became of it', async () => {
    const { tenantId, step, stock, main, north, shirt } = await setUp();
    const key = newId('req');
    const body = { fromLocationId: main, toLocationId: north, lines: [{ variantId: shirt, quantity: 1 }] };
    const send = (sent: object) => as(tenantId).post('/v1/transfers', sent, withKey(key));
    const created = await send(body);
    const { id } = created.body;
    const shipped = await step(id, 'ship', undefined, { key });
    await step(id, 'receive', { lines: [{ variantId: shirt, quantity: 0 }] }, { key });
    const replayed = { headers: { 'idempotency-replayed': 'true' } };
    expect(await send(body)).toMatchObject({ status: 201, body: created.body, ...replayed });
    expect((await send({ ...body, toLocationId: 'loc_x' })).body.code).toBe('idempotency_key_reused');
    expect(await step(id, 'ship', undefined, { key, via: other })).toMatchObject({ body: shipped.body, ...replayed });
    expect((await step(id, 'receive', undefined, { key })).body.code).toBe('idempotency_key_reused');
    expect(await stock()).toMatchObject({ main: 9, north: 0 });
  });

  it('names what it does not know, and is nothing for staff who may only read', async () => {
    const { tenantId, plan, main, north } = await setUp();
    expect((await plan([{ variantId: 'var_x', quantity: 1 }])) as object).toMatchObject({
      code: 'unknown_variant',
      variantIds: ['var_x'],
    });
    expect((await plan(undefined, main, 'loc_x')) as object).toMatchObject({ code: 'unknown_location' });
    expect((await plan(undefined, main, main)) as object).toMatchObject({ code: 'validation_failed' });
    const body = { fromLocationId: main, toLocationId: north, lines: [{ variantId: 'v', quantity: 1 }] };
    expect((await as(tenantId, 'STAFF').post('/v1/transfers', body)).status).toBe(403);
    expect((await as(tenantId, 'STAFF').get('/v1/transfers')).status).toBe(200);
  });
});

describe('many at once', () => {
  it('of one step take effect once', async () => {
    const { tenantId, plan, step, stock } = await setUp();
    const { id } = await plan();
    const race = async (name: Step) => {
      const all = Array.from({ length: 6 }, (_, n) => step(id, name, undefined, { via: n % 2 ? replica : other }));
      return (await Promise.all(all)).map(({ status }) => status).sort();
    };
    expect(await race('ship')).toEqual([200, 409, 409, 409, 409, 409]);
    expect(await race('receive')).toEqual([200, 409, 409, 409, 409, 409]);
    expect(await stock()).toMatchObject({ onHand: 10, main: 6, north: 4 });
    await checkLedger(fixture, tenantId);
  });
});
