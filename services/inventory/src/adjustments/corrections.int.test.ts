// Corrections, deletions and forced withdrawals over HTTP on real servers; the test plays orders.
import { asTenant } from '@holdfast/shared/persistence';
import { until, withKey } from '@holdfast/shared/testing';
import { newId, silentLog, systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLedger, type Fixture, openFixture, type Replica } from '../inventory.fixture.ts';
import { cancelledEvent, placedEvent } from '../inventory-streams.fixture.ts';
import { withdrawalMs } from '../limits.ts';
import { sweepWithdrawals } from './sweep-withdrawals.job.ts';

let fixture: Fixture;
let replica: Replica;
let other: Replica;
beforeAll(async () => {
  fixture = await openFixture();
  replica = await fixture.startReplica();
  other = await fixture.startReplica();
});
afterAll(() => fixture.close());

const as = (tenantId: string, role: 'MANAGER' | 'SUPPORT' | 'STAFF' = 'MANAGER') => replica.as({ tenantId, role });
const post = (tenantId: string, body: object, key = newId('req')) =>
  as(tenantId).post('/v1/adjustments', body, withKey(key));
const get = async (tenantId: string, id: unknown) => (await as(tenantId).get(`/v1/adjustments/${id}`)).body;
const patch = (tenantId: string, id: unknown, body: object, headers = {}) =>
  as(tenantId).send('PATCH', `/v1/adjustments/${id}`, body, headers);
const remove = (tenantId: string, id: unknown, query = '', headers = {}) =>
  as(tenantId).send('DELETE', `/v1/adjustments/${id}${query}`, undefined, headers);

/** A shirt that these orders hold units of, the oldest first. */
async function held(units: number, quantities: number[]) {
  const tenantId = await fixture.tenant({ shirt: units });
  const variantId = `shirt_${tenantId}`;
  const orders: string[] = [];
  for (const quantity of quantities) {
    const orderId = newId('ord');
    orders.push(orderId);
    await fixture.streams.publish('orders', [placedEvent(tenantId, orderId, [{ variantId, quantity }])]);
    await fixture.decided(tenantId, [orderId]);
  }
  return { tenantId, variantId, orders };
}

const events = async (tenantId: string, id: unknown) =>
  (await fixture.streams.published(tenantId)).filter(({ subject }) => subject === id);
const namesOf = (found: { type: string }[]) => found.map(({ type }) => type.split('.').slice(2, 4).join('.'));

describe('an adjustment', () => {
  it('is corrected and deleted: the ledger has every step, and a repeated create the first answer', async () => {
    const { tenantId, variantId } = await held(10, []);
    const body = { variantId, delta: 5, reason: 'received', note: 'five boxes' };
    const created = await post(tenantId, body, 'k1');
    const { id } = created.body;
    const corrected = await patch(tenantId, id, { delta: 3, note: null }, { 'if-match': '"1"' });
    expect(corrected).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { delta: 3, onHandAfter: 13 } });
    expect(corrected.body.note).toBeUndefined();
    expect(await patch(tenantId, id, { delta: 4 }, { 'if-match': '"1"' })).toMatchObject({
      status: 412,
      body: { code: 'stale_version' },
    });
    expect(await patch(tenantId, id, { delta: 3 })).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    expect(await remove(tenantId, id, '', { 'if-match': '"1"' })).toMatchObject({ status: 412 });
    const deleted = await remove(tenantId, id);
    expect(deleted).toMatchObject({ status: 200, body: { status: 'DELETED', onHandAfter: 10, version: 3 } });
    expect(await get(tenantId, id)).toEqual(deleted.body);
    const again = await post(tenantId, body, 'k1');
    expect(again).toMatchObject({ status: 201, body: created.body, headers: { 'idempotency-replayed': 'true' } });
    expect(again.headers.etag).toBe('"1"');
    const published = () => events(tenantId, id);
    await until(async () => (await published()).length === 3, { what: 'its events are published' });
    expect(namesOf(await published())).toEqual(['adjustment.created', 'adjustment.updated', 'adjustment.deleted']);
    expect(JSON.stringify(await published())).not.toContain('boxes');
    await checkLedger(fixture, tenantId);
  });

  it('is corrected once by twenty at once who name the same version', async () => {
    const { tenantId, variantId } = await held(10, []);
    const { id } = (await post(tenantId, { variantId, delta: 5, reason: 'received' })).body;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => {
        const via = (n % 2 === 0 ? replica : other).as({ tenantId, role: 'MANAGER' });
        return via.send('PATCH', `/v1/adjustments/${id}`, { delta: n + 6 }, { 'if-match': '"1"' });
      }),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
    await checkLedger(fixture, tenantId);
  });

  it('that orders rely on is neither lowered nor deleted; the orders are named', async () => {
    const { tenantId, variantId } = await held(0, []);
    const { id } = (await post(tenantId, { variantId, delta: 5, reason: 'received' })).body;
    const orderId = newId('ord');
    await fixture.streams.publish('orders', [placedEvent(tenantId, orderId, [{ variantId, quantity: 4 }])]);
    await fixture.decided(tenantId, [orderId]);
    const refused = { status: 409, body: { code: 'would_break_reservations', orderIds: [orderId] } };
    expect(await patch(tenantId, id, { delta: 3 })).toMatchObject(refused);
    expect(await remove(tenantId, id)).toMatchObject(refused);
    expect(await get(tenantId, id)).toMatchObject({ status: 'APPLIED', version: 1 });
  });

  it('is listed by variant, location and status, also when it was deleted', async () => {
    const { tenantId, variantId } = await held(10, []);
    const make = async (delta: number) =>
      (await post(tenantId, { variantId, delta, reason: 'found' })).body as { id: string; locationId: string };
    const [first, second] = [await make(1), await make(2)];
    await remove(tenantId, first.id);
    const list = async (query: string) => {
      const { body } = await as(tenantId).get(`/v1/adjustments?${query}`);
      return (body.data as { id: string }[]).map(({ id }) => id);
    };
    expect(await list('status=DELETED')).toEqual([first.id]);
    expect(await list(`variantId=${variantId}&status=APPLIED`)).toEqual([second.id]);
    expect(await list(`locationId=${first.locationId}&variantId=${variantId}`)).toHaveLength(2);
    expect(await list(`locationId=${first.locationId}&status=DELETED`)).toEqual([first.id]);
    expect(await list('locationId=loc_none')).toEqual([]);
  });

  it('of before there was a status is applied, is listed, and can be corrected', async () => {
    const { tenantId, variantId } = await held(10, []);
    const { id } = (await post(tenantId, { variantId, delta: 5, reason: 'received' })).body as { id: string };
    const unset = { status: '', moved: '', updatedAt: '' } as const;
    const older = { $unset: unset, $set: { events: [] } };
    const documents = fixture.database.db.collection<{ _id: string; tenantId: string }>('adjustments');
    await asTenant(tenantId, () => documents.updateOne({ _id: id, tenantId }, older));
    expect(await get(tenantId, id)).toMatchObject({ status: 'APPLIED', delta: 5 });
    expect((await as(tenantId).get('/v1/adjustments')).body.data).toMatchObject([{ id, status: 'APPLIED' }]);
    expect(await remove(tenantId, id)).toMatchObject({ status: 200, body: { status: 'DELETED', onHandAfter: 10 } });
    await checkLedger(fixture, tenantId);
  });
});

describe('force', () => {
  it('is for those with the permission', async () => {
    const { tenantId, variantId } = await held(5, []);
    const body = { variantId, delta: -1, reason: 'lost', force: true };
    const support = as(tenantId, 'SUPPORT');
    expect(await support.post('/v1/adjustments', body, withKey('k'))).toMatchObject({ status: 403 });
    const { id } = (await post(tenantId, { ...body, force: false })).body;
    expect(await support.send('DELETE', `/v1/adjustments/${id}?force=true`)).toMatchObject({ status: 403 });
  });

  it('waits for the newest orders and is applied by the last release, however often things are said', async () => {
    const { tenantId, variantId, orders } = await held(6, [2, 1, 2]);
    const body = { variantId, delta: -4, reason: 'damaged', force: true };
    const waiting = await post(tenantId, body, 'k1');
    const { id } = waiting.body;
    const asked = [orders[2]!, orders[1]!];
    expect(waiting).toMatchObject({
      status: 202,
      headers: { location: `/v1/adjustments/${id}` },
      body: { status: 'WAITING', waiting: { change: 'create', difference: -4, orderIds: asked } },
    });
    expect(waiting.body.movementId).toBeUndefined();
    expect(await post(tenantId, body, 'k1')).toMatchObject({ status: 202, body: waiting.body });
    expect((await as(tenantId).get(`/v1/stock/${variantId}`)).body).toMatchObject({ onHand: 6, available: 0 });
    const [first, last] = asked as [string, string];
    await fixture.streams.publish('orders', [cancelledEvent(tenantId, first)]);
    await fixture.decided(tenantId, [first], 2);
    // What was given back is not sold again.
    const late = newId('ord');
    await fixture.streams.publish('orders', [placedEvent(tenantId, late, [{ variantId, quantity: 1 }])]);
    expect((await fixture.decided(tenantId, [late])).get(late)).toMatchObject({ state: 'rejected' });
    expect(await get(tenantId, id)).toMatchObject({ status: 'WAITING' });
    await fixture.streams.publish('orders', [cancelledEvent(tenantId, last), cancelledEvent(tenantId, last)]);
    await fixture.decided(tenantId, [last], 2);
    expect(await get(tenantId, id)).toMatchObject({ status: 'APPLIED', delta: -4, onHandAfter: 2, version: 2 });
    expect(await fixture.level(tenantId, variantId)).toMatchObject({ onHand: 2, reserved: 2 });
    expect(await fixture.level(tenantId, variantId)).not.toHaveProperty('withheld');
    const decided = await post(tenantId, body, 'k1');
    expect(decided).toMatchObject({ status: 201, body: { status: 'APPLIED', onHandAfter: 2 } });
    expect(namesOf(await events(tenantId, id))[0]).toBe('adjustment.waiting');
    await checkLedger(fixture, tenantId);
  });

  it('is refused after a minute; then the stock is for sale again and a repeated create is refused too', async () => {
    const { tenantId, variantId } = await held(6, [3]);
    const body = { variantId, delta: -5, reason: 'damaged', force: true };
    const { id } = (await post(tenantId, body, 'k1')).body;
    const clock = { ...systemClock, now: () => new Date(Date.now() + withdrawalMs) };
    const writer = fixture.newWriter({ clock });
    const sweep = () => sweepWithdrawals({ ...fixture.stores, writer, clock, log: silentLog });
    await Promise.all([sweep(), sweep()]);
    expect(await get(tenantId, id)).toMatchObject({ status: 'REFUSED', version: 2 });
    expect((await as(tenantId).get(`/v1/stock/${variantId}`)).body).toMatchObject({ onHand: 6, available: 3 });
    expect(await post(tenantId, body, 'k1')).toMatchObject({
      status: 409,
      body: { code: 'would_break_reservations', adjustmentId: id },
    });
    expect(await patch(tenantId, id, { delta: -1 })).toMatchObject({ status: 409, body: { code: 'adjustment_ended' } });
    const published = () => events(tenantId, id);
    await until(async () => (await published()).length === 2, { what: 'the refusal is published' });
    expect(namesOf(await published())).toEqual(['adjustment.waiting', 'adjustment.refused']);
    await checkLedger(fixture, tenantId);
  });

  it('applies at once what new stock has made possible', async () => {
    const { tenantId, variantId } = await held(6, [6]);
    const waiting = await post(tenantId, { variantId, delta: -2, reason: 'damaged', force: true });
    expect(waiting.status).toBe(202);
    expect(await post(tenantId, { variantId, delta: 2, reason: 'received' })).toMatchObject({ status: 201 });
    expect(await get(tenantId, waiting.body.id)).toMatchObject({ status: 'APPLIED', onHandAfter: 6 });
    await checkLedger(fixture, tenantId);
  });

  it('takes back a receipt that orders rely on', async () => {
    const { tenantId, variantId } = await held(0, []);
    const { id } = (await post(tenantId, { variantId, delta: 5, reason: 'received' })).body;
    const orderId = newId('ord');
    await fixture.streams.publish('orders', [placedEvent(tenantId, orderId, [{ variantId, quantity: 4 }])]);
    await fixture.decided(tenantId, [orderId]);
    const waiting = await remove(tenantId, id, '?force=true');
    expect(waiting).toMatchObject({ status: 202, body: { status: 'WAITING', waiting: { change: 'delete' } } });
    expect(await patch(tenantId, id, { delta: 9 })).toMatchObject({ status: 409, body: { code: 'change_pending' } });
    await fixture.streams.publish('orders', [cancelledEvent(tenantId, orderId)]);
    await fixture.decided(tenantId, [orderId], 2);
    expect(await get(tenantId, id)).toMatchObject({ status: 'DELETED', onHandAfter: 0, version: 3 });
    await checkLedger(fixture, tenantId);
  });
});
