// Adjustments over HTTP on real servers: answers, replays, refusals,
// and many of them beside orders of the same variant.
import { withKey } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLedger, type Fixture, type MovementRow, openFixture, type Replica } from '../inventory.fixture.ts';
import { placedEvent, variantEvent } from '../inventory-streams.fixture.ts';
import { mainLocationIdOf } from '../locations/location.ts';

let fixture: Fixture;
let replica: Replica;
let other: Replica;
beforeAll(async () => {
  fixture = await openFixture();
  replica = await fixture.startReplica();
  other = await fixture.startReplica();
});
afterAll(() => fixture.close());

type Body = Record<string, unknown>;

const adjust = (tenantId: string, body: Body, { key = newId('req'), userId = 'usr_1', via = replica } = {}) =>
  via.as({ tenantId, userId, role: 'SUPPORT' }).post('/v1/adjustments', body, key === '' ? {} : withKey(key));
const get = (tenantId: string, url: string) => replica.as({ tenantId }).get(url);
async function hold(tenantId: string, variantId: string, quantities: number[]): Promise<string[]> {
  const orders = quantities.map(() => newId('ord'));
  for (const [n, orderId] of orders.entries()) {
    const lines = [{ variantId, quantity: quantities[n]! }];
    await fixture.streams.publish('orders', [placedEvent(tenantId, orderId, lines)]);
    await fixture.decided(tenantId, [orderId]);
  }
  return orders;
}

describe('an adjustment', () => {
  it('changes what is on hand and can be read', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const variantId = `shirt_${tenantId}`;
    const created = await adjust(tenantId, { variantId, delta: 3, reason: 'received', note: 'a private note' });
    expect(created).toMatchObject({
      status: 201,
      headers: { etag: '"1"', location: `/v1/adjustments/${created.body.id}` },
      body: { variantId, locationId: mainLocationIdOf(tenantId), delta: 3, onHandAfter: 8, createdBy: 'usr_1' },
    });
    expect(await fixture.level(tenantId, variantId)).toMatchObject({ onHand: 8, sequence: 2, version: 2 });
    expect((await get(tenantId, `/v1/adjustments/${created.body.id}`)).body).toEqual(created.body);
    const movements = await fixture.rows<MovementRow>('movements', tenantId);
    expect(movements.find((movement) => movement._id === created.body.movementId)).toMatchObject({
      kind: 'adjustment',
    });
    await checkLedger(fixture, tenantId);
    const published = JSON.stringify(await fixture.streams.published(tenantId));
    expect(published).not.toContain('private');
  });

  it('sets a count only while the stock is what the counter saw', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const variantId = `shirt_${tenantId}`;
    const counted = { variantId, count: 4, expectedOnHand: 5, reason: 'stocktake' };
    expect(await adjust(tenantId, counted)).toMatchObject({
      status: 201,
      body: { delta: -1, count: 4, expectedOnHand: 5 },
    });
    const stale = await adjust(tenantId, counted);
    expect(stale).toMatchObject({ status: 409, body: { code: 'count_is_stale', onHand: 4 } });
    await checkLedger(fixture, tenantId);
  });

  it('never takes what is reserved, and names the orders that hold it, newest first', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const variantId = `shirt_${tenantId}`;
    const orders = await hold(tenantId, variantId, [1, 3]);
    const refused = await adjust(tenantId, { variantId, delta: -2, reason: 'lost' });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'would_break_reservations', orderIds: orders.toReversed(), onHand: 5, reserved: 4 },
    });
    expect(await adjust(tenantId, { variantId, delta: -1, reason: 'lost' })).toMatchObject({ status: 201 });
    await checkLedger(fixture, tenantId);
  });

  it.each([
    ['no key', { delta: 1 }, '', 400, 'idempotency_key_required'],
    ['neither delta nor count', {}, 'k', 400, 'validation_failed'],
    ['delta and count', { delta: 1, count: 1, expectedOnHand: 1 }, 'k', 400, 'validation_failed'],
    ['an unknown field', { delta: 1, forced: true }, 'k', 400, 'validation_failed'],
    ['an operator', { delta: { $gt: 0 } }, 'k', 400, 'validation_failed'],
    ['an unknown location', { delta: 1, locationId: 'loc_x' }, 'k', 422, 'unknown_location'],
    ['less than nothing', { delta: -6 }, 'k', 422, 'stock_out_of_range'],
  ])('with %s is refused and stores nothing', async (_name, fields, key, status, code) => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const variantId = `shirt_${tenantId}`;
    const refused = await adjust(tenantId, { variantId, reason: 'other', ...fields }, { key });
    expect(refused).toMatchObject({ status, body: { code } });
    expect(await fixture.rows('adjustments', tenantId)).toEqual([]);
    expect(await fixture.level(tenantId, variantId)).toMatchObject({ onHand: 5, version: 1 });
  });
});

describe('a variant that inventory does not know yet', () => {
  it('is looked for again, and found when its event arrives', async () => {
    const tenantId = await fixture.tenant();
    const variantId = newId('var');
    const [created] = await Promise.all([
      adjust(tenantId, { variantId, delta: 2, reason: 'found' }),
      fixture.streams.publish('catalog', [variantEvent(tenantId, variantId, 5)]),
    ]);
    expect(created).toMatchObject({ status: 201, body: { onHandAfter: 7 } });
  });

  it("is unknown after a second; another tenant's is answered in the same way", async () => {
    const owner = await fixture.tenant({ shirt: 5 });
    const tenantId = await fixture.tenant();
    const answers = await Promise.all(
      [`shirt_${owner}`, 'var_of_nobody'].map((variantId) =>
        adjust(tenantId, { variantId, delta: 1, reason: 'other' }),
      ),
    );
    for (const { status, body } of answers) expect([status, body.code]).toEqual([422, 'unknown_variant']);
    expect(await fixture.level(owner, `shirt_${owner}`)).toMatchObject({ onHand: 5, version: 1 });
  });
});

describe('a repeated key', () => {
  it('gives the first answer again; another body is refused; another caller is not meant', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const body = { variantId: `shirt_${tenantId}`, delta: 1, reason: 'found' };
    const first = await adjust(tenantId, body, { key: 'k1' });
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    const again = await adjust(tenantId, body, { key: 'k1', via: other });
    expect(again).toMatchObject({ status: 201, body: first.body, headers: { 'idempotency-replayed': 'true' } });
    const reused = await adjust(tenantId, { ...body, delta: 2 }, { key: 'k1' });
    expect(reused).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    const stranger = await adjust(tenantId, { ...body, delta: 2 }, { key: 'k1', userId: 'usr_2' });
    expect(stranger).toMatchObject({ status: 201, body: { onHandAfter: 8 } });
    await checkLedger(fixture, tenantId);
  });

  it('sent twenty times at once to two processes creates one adjustment', async () => {
    const tenantId = await fixture.tenant({ shirt: 5 });
    const body = { variantId: `shirt_${tenantId}`, delta: 1, reason: 'found' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => adjust(tenantId, body, { key: 'same', via: n % 2 === 0 ? replica : other })),
    );
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect(await fixture.level(tenantId, body.variantId)).toMatchObject({ onHand: 6 });
    await checkLedger(fixture, tenantId);
  });
});

describe('many writers of one level', () => {
  it('adjustments of two processes and orders all take effect exactly once', async () => {
    const tenantId = await fixture.tenant({ shirt: 100 });
    const variantId = `shirt_${tenantId}`;
    const orders = Array.from({ length: 150 }, () => newId('ord'));
    const lines = [{ variantId, quantity: 1 }];
    const placing = orders.map((orderId) => fixture.streams.publish('orders', [placedEvent(tenantId, orderId, lines)]));
    const adjusting = Array.from({ length: 120 }, (_, n) =>
      adjust(
        tenantId,
        { variantId, delta: n % 3 === 0 ? -1 : 1, reason: 'other' },
        { via: n % 2 === 0 ? replica : other },
      ),
    );
    const answers = await Promise.all(adjusting);
    await Promise.all(placing);
    const decided = await fixture.decided(tenantId, orders);
    const added = answers
      .filter((answer) => answer.status === 201)
      .reduce((sum, { body }) => sum + Number(body.delta), 0);
    for (const { status, body } of answers)
      expect([201, 'would_break_reservations']).toContain(status === 201 ? 201 : body.code);
    const held = [...decided.values()].filter((row) => row.state === 'held').length;
    expect(await fixture.level(tenantId, variantId)).toMatchObject({ onHand: 100 + added, reserved: held });
    await checkLedger(fixture, tenantId);
  });
});

describe('lists', () => {
  it('come newest first, page by page, also for one variant; a stranger sees nothing', async () => {
    const tenantId = await fixture.tenant({ shirt: 5, hat: 5 });
    const variants = [`shirt_${tenantId}`, `hat_${tenantId}`];
    const ids: unknown[] = [];
    for (const n of [0, 1, 2, 3, 4]) {
      ids.unshift((await adjust(tenantId, { variantId: variants[n % 2], delta: 1, reason: 'found' })).body.id);
    }
    const seen: unknown[] = [];
    let url: string | undefined = '/v1/adjustments?limit=2';
    while (url) {
      const { body } = await get(tenantId, url);
      const { data, nextCursor } = body as { data: Body[]; nextCursor: string | null };
      seen.push(...data.map((adjustment) => adjustment.id));
      url = nextCursor ? `/v1/adjustments?limit=2&cursor=${nextCursor}` : undefined;
    }
    expect(new Set(seen)).toEqual(new Set(ids));
    expect(seen).toHaveLength(5);
    const hats = (await get(tenantId, `/v1/adjustments?variantId=${variants[1]}`)).body.data as Body[];
    expect(hats).toHaveLength(2);

    const stranger = await fixture.tenant();
    expect((await get(stranger, '/v1/adjustments')).body).toEqual({ data: [], nextCursor: null });
    const [theirs, unknown] = await Promise.all(
      [ids[0], 'adj_of_nobody'].map((id) => get(stranger, `/v1/adjustments/${id}`)),
    );
    const { instance: _i, traceId: _t, ...problem } = theirs!.body;
    expect(problem).toMatchObject({ status: 404, code: 'not_found' });
    expect(unknown!.body).toMatchObject(problem);
  });
});

it('staff may not adjust, customers may not read', async () => {
  const tenantId = await fixture.tenant();
  const body = { variantId: 'var_1', delta: 1, reason: 'other' };
  const staff = await replica.as({ tenantId, role: 'STAFF' }).post('/v1/adjustments', body, withKey('k'));
  const customer = await replica.as({ tenantId, role: 'CUSTOMER' }).get('/v1/adjustments');
  expect([staff.status, customer.status]).toEqual([403, 403]);
});
