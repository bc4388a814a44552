// Reading stock, the ledger and locations over HTTP on real servers: what is shown to whom, in what order,
// and at what cost.
import type { DomainEvent } from '@holdfast/shared/contracts';
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { until } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, openFixture, type Replica } from '../inventory.fixture.ts';
import { cancelledEvent, placedEvent, variantChangedEvent, variantEvent } from '../inventory-streams.fixture.ts';
import { mainLocationIdOf } from '../locations/location.ts';

let fixture: Fixture;
let replica: Replica;
let tenantId: string;
let variants: string[];
const orders: string[] = [];
const names = ['a', 'b', 'c', 'd', 'e'];
beforeAll(async () => {
  fixture = await openFixture();
  replica = await fixture.startReplica();
  tenantId = await fixture.tenant(Object.fromEntries(names.map((name, n) => [name, n * 10])));
  variants = names.map((name) => `${name}_${tenantId}`);
  for (let n = 0; n < 6; n += 1) {
    const orderId = newId('ord');
    orders.push(orderId);
    const lines = [variants[1]!, variants[2]!].map((variantId) => ({ variantId, quantity: 1 }));
    await fixture.streams.publish('orders', [placedEvent(tenantId, orderId, lines)]);
    if (n % 2 === 0) await fixture.streams.publish('orders', [cancelledEvent(tenantId, orderId)]);
    await fixture.decided(tenantId, [orderId], n % 2 === 0 ? 2 : 1);
  }
});
afterAll(() => fixture.close());

type Role = 'OWNER' | 'STAFF' | 'CUSTOMER';
type Row = Record<string, unknown>;
const get = (url: string, { role = 'STAFF' as Role, tenant = tenantId, headers = {} } = {}) =>
  replica.as({ tenantId: tenant, role }).get(url, headers);
/** All rows of a list, page by page. */
async function all(path: string, limit: number): Promise<Row[]> {
  const found: Row[] = [];
  const separator = path.includes('?') ? '&' : '?';
  let cursor: string | null = '';
  do {
    const page = await get(`${path}${separator}limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`);
    expect(page.status).toBe(200);
    expect(page.body.data.length).toBeLessThanOrEqual(limit);
    expect(page.headers.link === undefined).toBe(page.body.nextCursor === null);
    found.push(...page.body.data);
    cursor = page.body.nextCursor;
  } while (cursor);
  return found;
}

describe('the stock of a variant', () => {
  it('is shown to staff with its levels and an ETag', async () => {
    const { body, headers } = await get(`/v1/stock/${variants[1]}`);
    expect(body).toMatchObject({
      variantId: variants[1],
      onHand: 10,
      reserved: 3,
      available: 7,
      reorderLevel: 3,
      incoming: 0,
      reorderQuantity: 0,
      locations: [{ locationId: mainLocationIdOf(tenantId), onHand: 10, reserved: 3, available: 7 }],
    });
    expect(headers.etag).toBe(`"${body.version}"`);
    const known = await get(`/v1/stock/${variants[1]}`, { headers: { 'if-none-match': String(headers.etag) } });
    expect(known.status).toBe(304);
  });

  it('is shown to a customer as availability of at most 10, without anything to count by', async () => {
    const shown = await get(`/v1/stock/${variants[4]}`, { role: 'CUSTOMER' });
    expect(shown.body).toEqual({ variantId: variants[4], available: 10 });
    expect(shown.headers.etag).toBeUndefined();
    const few = await get(`/v1/stock/${variants[1]}`, { role: 'CUSTOMER' });
    expect(few.body).toEqual({ variantId: variants[1], available: 7 });
    expect((await get('/v1/stock', { role: 'CUSTOMER' })).status).toBe(403);
    expect((await get('/v1/movements', { role: 'CUSTOMER' })).status).toBe(403);
  });

  it('is unknown to a customer where it is not for sale: of a draft, of an archived variant, of one that is not known to be', async () => {
    const tenant = await fixture.tenant({ known: 5 });
    const variantId = newId('var');
    const customer = async (id: string) => {
      const { status, body } = await get(`/v1/stock/${id}`, { role: 'CUSTOMER', tenant });
      return { status, body: { ...body, instance: '', traceId: '' } };
    };
    const staff = (id: string) => get(`/v1/stock/${id}`, { tenant });
    const unknown = await customer(newId('var'));
    expect(unknown).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const catalog = (event: DomainEvent) => fixture.streams.publish('catalog', [event]);
    await catalog(variantEvent(tenant, variantId, 5, { forSale: false }));
    await until(async () => (await staff(variantId)).status === 200, { what: 'staff see it' });
    expect(await customer(variantId)).toEqual(unknown);
    await catalog(variantChangedEvent(tenant, variantId, { version: 2, forSale: true }));
    await until(async () => (await customer(variantId)).status === 200, { what: 'it is published' });
    await catalog(variantChangedEvent(tenant, variantId, { version: 3, forSale: false, archived: true }));
    await until(async () => (await customer(variantId)).status === 404, { what: 'it is archived' });
    expect(await customer(variantId)).toEqual(unknown);
    expect((await staff(variantId)).body).toMatchObject({ available: 5 });
    const _id = `known_${tenant}`;
    const items = fixture.database.db.collection<{ _id: string; tenantId: string }>('stock_items');
    expect((await customer(_id)).status).toBe(200);
    await asTenant(tenant, () => items.updateOne({ tenantId: tenant, _id }, { $unset: { forSale: '' } }));
    expect(await customer(_id)).toEqual(unknown);
  });

  it('begins with a movement of whoever created the variant', async () => {
    const tenant = await fixture.tenant();
    const [byPerson, byNobody] = [newId('var'), newId('var')];
    const events = [variantEvent(tenant, byPerson, 5, { createdBy: 'usr_1' }), variantEvent(tenant, byNobody, 5)];
    await fixture.streams.publish('catalog', events);
    const movements = async (variantId: string) =>
      (await get(`/v1/movements?variantId=${variantId}`, { tenant })).body.data;
    for (const [variantId, actor] of [
      [byPerson, 'usr_1'],
      [byNobody, 'service:catalog'],
    ] as const) {
      await until(async () => (await movements(variantId)).length === 1, { what: 'it has a movement' });
      expect((await movements(variantId))[0]).toMatchObject({ reason: 'initial_stock', actor });
    }
  });

  it('of a variant that was just created is waited for', async () => {
    const variantId = newId('var');
    const [read] = await Promise.all([
      get(`/v1/stock/${variantId}`),
      fixture.streams.publish('catalog', [variantEvent(tenantId, variantId, 4)]),
    ]);
    expect(read).toMatchObject({ status: 200, body: { onHand: 4 } });
    variants = [...variants, variantId].sort();
  });

  it("of another tenant is as unknown as nobody's", async () => {
    const tenant = await fixture.tenant({});
    const [theirs, unknown] = await Promise.all(
      [variants[1], 'var_of_nobody'].map((variantId) => get(`/v1/stock/${variantId}`, { tenant })),
    );
    const { instance: _i, traceId: _t, ...problem } = theirs!.body;
    expect(problem).toMatchObject({ status: 404, code: 'not_found' });
    expect(unknown!.body).toMatchObject(problem);
  });
});

describe('lists', () => {
  it.each([1, 2, 100])('of stock come by variant id, %i to a page', async (limit) => {
    const listed = await all('/v1/stock', limit);
    expect(listed.map((row) => row.variantId)).toEqual([...variants].sort());
    const here = await all(`/v1/stock?locationId=${mainLocationIdOf(tenantId)}`, limit);
    expect(here).toEqual(listed);
    expect(await all('/v1/stock?locationId=loc_of_nobody', limit)).toEqual([]);
  });

  it('of stock can be of one variant', async () => {
    expect(await all(`/v1/stock?variantId=${variants[1]}`, 5)).toMatchObject([{ variantId: variants[1], onHand: 10 }]);
    expect(await all('/v1/stock?variantId=var_of_nobody', 5)).toEqual([]);
  });

  it.each([1, 3, 100])('of movements come newest first, %i to a page', async (limit) => {
    const ledger = await all('/v1/movements', limit);
    const times = ledger.map((row) => String(row.createdAt));
    expect(times).toEqual(times.toSorted().reverse());
    expect(new Set(ledger.map((row) => row.id)).size).toBe(ledger.length);
    const own = await all(`/v1/movements?variantId=${variants[1]}`, limit);
    expect(own.map((row) => row.sequence)).toEqual(own.map((_, n) => own.length - n));
    expect(own.reduce((sum, row) => sum + Number(row.onHandDelta), 0)).toBe(10);
    expect(own.reduce((sum, row) => sum + Number(row.reservedDelta), 0)).toBe(3);
    expect(own.length).toBe(10);
  });

  it('of movements can be of a kind and of a time', async () => {
    const own = await all(`/v1/movements?variantId=${variants[1]}`, 100);
    const releases = await all(`/v1/movements?variantId=${variants[1]}&kind=release`, 2);
    expect(releases).toEqual(own.filter((row) => row.kind === 'release'));
    expect(await all('/v1/movements?kind=receipt', 2)).toHaveLength(5);
    const middle = String(own[4]!.createdAt);
    const [from, to] = await Promise.all(
      ['from', 'to'].map((side) => all(`/v1/movements?variantId=${variants[1]}&${side}=${middle}`, 3)),
    );
    expect(from).toEqual(own.filter((row) => String(row.createdAt) >= middle));
    expect(to).toEqual(own.filter((row) => String(row.createdAt) < middle));
  });

  it('of locations have the main one', async () => {
    const main = { id: mainLocationIdOf(tenantId), name: 'main', version: 1 };
    expect(await all('/v1/locations', 1)).toMatchObject([main]);
  });

  it.each(['/v1/stock', '/v1/movements', '/v1/adjustments', '/v1/locations'])(
    '%s refuses a cursor that is forged, of another tenant or of other filters',
    async (path) => {
      const { nextCursor } = (await get('/v1/movements?limit=1')).body;
      const [cut, strange] = await Promise.all([
        get(`${path}?cursor=${String(nextCursor).slice(0, -2)}`),
        get(`${path}?limit=1&cursor=${nextCursor}`, { tenant: 'ten_other' }),
      ]);
      for (const { status, body } of [cut, strange]) expect([status, body.code]).toEqual([400, 'invalid_cursor']);
    },
  );
});

describe('the ledger', () => {
  const rowsOf = async (query: string) => (await all(`/v1/movements?${query}`, 4)) as Record<string, string>[];

  it('is found by location, reason, and by the names that merchants know', async () => {
    const ledger = await fixture.tenant({ cap: 3 });
    const variantId = `cap_${ledger}`;
    const as = replica.as({ tenantId: ledger, userId: 'usr_1', role: 'MANAGER' });
    const adjust = (body: object) =>
      as.post('/v1/adjustments', { variantId, ...body }, { 'idempotency-key': newId('req') });
    const locationId = (await as.post('/v1/locations', { name: 'North' })).body.id;
    await adjust({ delta: 5, reason: 'received', locationId });
    await adjust({ delta: -1, reason: 'damaged' });
    await adjust({ delta: 1, reason: 'returned' });
    const reasons = async (query: string) =>
      (await as.get(`/v1/movements?${query}`)).body.data.map(({ reason }: Record<string, string>) => reason);
    expect(await reasons('kind=PURCHASE')).toEqual(['received', 'initial_stock']);
    expect(await reasons('kind=ADJUSTMENT')).toEqual(['damaged']);
    expect(await reasons('kind=RETURN')).toEqual(['returned']);
    expect(await reasons('kind=SALE')).toEqual([]);
    expect(await reasons('kind=PURCHASE&reason=received')).toEqual(['received']);
    expect(await reasons('kind=PURCHASE&reason=damaged')).toEqual([]);
    expect(await reasons(`locationId=${locationId}`)).toEqual(['received']);
    expect(await reasons(`variantId=${variantId}&locationId=${mainLocationIdOf(ledger)}`)).toEqual([
      'returned',
      'damaged',
      'initial_stock',
    ]);
  });

  it('is found by what caused it, page by page, and by nothing else at the same time', async () => {
    const cancelled = await rowsOf(`referenceId=${orders[0]}`);
    expect(cancelled.map(({ kind }) => kind)).toEqual(['release', 'release', 'reservation', 'reservation']);
    expect((await all(`/v1/movements?referenceId=${orders[0]}`, 1)).map(({ id }) => id)).toEqual(
      cancelled.map(({ id }) => id),
    );
    expect(await rowsOf(`referenceId=${orders[1]}`)).toHaveLength(2);
    expect(await rowsOf('referenceId=ord_unknown')).toEqual([]);
    expect(await rowsOf('referenceId=whatever')).toEqual([]);
    const both = await get(`/v1/movements?referenceId=${orders[0]}&kind=release`);
    const errors = [{ pointer: '/kind', code: 'not_together' }];
    expect(both).toMatchObject({ status: 400, body: { code: 'validation_failed', errors } });
    const repaired = await get('/v1/movements?referenceId=rec_any');
    const notSearchable = [{ pointer: '/referenceId', code: 'not_searchable' }];
    expect(repaired).toMatchObject({ status: 400, body: { code: 'validation_failed', errors: notSearchable } });
  });

  it('of an adjustment and of a transfer is found by their ids', async () => {
    const ledger = await fixture.tenant({ cap: 3 });
    const variantId = `cap_${ledger}`;
    const as = replica.as({ tenantId: ledger, userId: 'usr_1', role: 'MANAGER' });
    const toLocationId = (await as.post('/v1/locations', { name: 'North' })).body.id;
    const fromLocationId = mainLocationIdOf(ledger);
    const lines = [{ variantId, quantity: 2 }];
    const transfer = (await as.post('/v1/transfers', { fromLocationId, toLocationId, lines })).body;
    for (const step of ['ship', 'receive']) await as.post(`/v1/transfers/${transfer.id}/${step}`);
    const key = { 'idempotency-key': newId('req') };
    const adjustment = (await as.post('/v1/adjustments', { variantId, delta: 2, reason: 'found' }, key)).body;
    const deltas = async (id: string) =>
      (await as.get(`/v1/movements?referenceId=${id}`)).body.data.map((one: Record<string, number>) => one.onHandDelta);
    expect(await deltas(transfer.id)).toEqual([2, -2]);
    expect(await deltas(adjustment.id)).toEqual([2]);
    await as.patch(`/v1/adjustments/${adjustment.id}`, { delta: 3 });
    expect(await deltas(adjustment.id)).toEqual([1, 2]);
    await as.patch(`/v1/adjustments/${adjustment.id}`, { reason: 'returned' });
    expect(await deltas(adjustment.id)).toEqual([3, -3, 1, 2]);
    const returned = (await as.get('/v1/movements?kind=RETURN')).body.data;
    expect(returned).toMatchObject([{ reason: 'returned', onHandDelta: 3 }]);
  });
});

describe('when to reorder', () => {
  it('is set for a variant, with a new version, and not from an older one', async () => {
    const path = `/v1/stock/${variants[4]}`;
    const as = replica.as({ tenantId, userId: 'usr_1', role: 'SUPPORT' });
    const before = (await as.get(path)).body;
    const set = await as.patch(path, { reorderLevel: 7, reorderQuantity: 40 }, { 'if-match': `"${before.version}"` });
    expect(set).toMatchObject({
      status: 200,
      headers: { etag: `"${before.version + 1}"` },
      body: { reorderLevel: 7, reorderQuantity: 40, onHand: before.onHand, version: before.version + 1 },
    });
    expect((await as.get(path)).body).toEqual(set.body);
    expect((await as.patch(path, { reorderLevel: 7 })).body).toEqual(set.body);
    const stale = await as.patch(path, { reorderLevel: 1 }, { 'if-match': `"${before.version}"` });
    expect(stale.body.code).toBe('stale_version');
    expect((await as.patch('/v1/stock/var_unknown', { reorderLevel: 1 })).status).toBe(404);
    const staff = replica.as({ tenantId, userId: 'usr_1', role: 'STAFF' });
    expect((await staff.patch(path, { reorderLevel: 1 })).status).toBe(403);
  });

  it('that an import has set is a new version too, once; another change of the variant is none', async () => {
    const tenantId = await fixture.tenant({ cap: 3 });
    const variantId = `cap_${tenantId}`;
    const as = replica.as({ tenantId, userId: 'usr_1', role: 'SUPPORT' });
    const path = `/v1/stock/${variantId}`;
    const read = async () => (await as.get(path)).body;
    const before = await read();
    const set = variantChangedEvent(tenantId, variantId, { version: 2, forSale: true, reorderLevel: 9 });
    const late = variantChangedEvent(tenantId, variantId, { version: 1, forSale: true, reorderLevel: 4 });
    await fixture.streams.publish('catalog', [set, set, late]);
    await until(async () => (await read()).reorderLevel === 9, { what: 'the import is applied' });
    const withdrawn = variantChangedEvent(tenantId, variantId, { version: 3, forSale: false });
    await fixture.streams.publish('catalog', [withdrawn]);
    const customer = replica.as({ tenantId, userId: 'usr_2', role: 'CUSTOMER' });
    await until(async () => (await customer.get(path)).status === 404, { what: 'it is no longer for sale' });
    expect(await read()).toMatchObject({ reorderLevel: 9, version: before.version + 1 });
    const stale = await as.patch(path, { reorderLevel: 1 }, { 'if-match': `"${before.version}"` });
    expect(stale).toMatchObject({ status: 412, body: { code: 'stale_version' } });
    const own = await as.patch(path, { reorderLevel: 1 }, { 'if-match': `"${before.version + 1}"` });
    expect(own).toMatchObject({ status: 200, body: { version: before.version + 2 } });
  });
});

describe('the cost of reading', () => {
  it('has no collection scan and no sort in memory, and examines what it returns', async () => {
    const onProfile = (level: 'all' | 'off') => asSystem('profile', () => fixture.database.db.setProfilingLevel(level));
    await onProfile('all');
    await Promise.all([
      ...['', `?locationId=${mainLocationIdOf(tenantId)}`].map((query) => all(`/v1/stock${query}`, 2)),
      ...['', `variantId=${variants[1]}`].flatMap((variant) =>
        ['', 'kind=reservation', 'kind=PURCHASE', 'kind=ADJUSTMENT', 'from=2020-01-01T00:00:00Z'].flatMap((kind) =>
          ['', `locationId=${mainLocationIdOf(tenantId)}`, 'locationId=loc_x'].flatMap((location) =>
            ['', 'reason=order_placed', 'reason=initial_stock'].map((reason) => {
              const query = [variant, kind, location, reason].filter(Boolean).join('&');
              return all(`/v1/movements?${query}`, 3);
            }),
          ),
        ),
      ),
      all(`/v1/movements?referenceId=${orders[0]}`, 1),
      ...['', '?status=SHIPPED'].map((query) => all(`/v1/transfers${query}`, 2)),
      ...['', `?variantId=${variants[1]}`].map((query) => all(`/v1/adjustments${query}`, 2)),
      ...['/v1/locations', `/v1/stock/${variants[1]}`].map((path) => get(path)),
    ]);
    const orderId = newId('ord');
    await fixture.streams.publish('orders', [
      placedEvent(tenantId, orderId, [{ variantId: variants[3]!, quantity: 1 }]),
    ]);
    await fixture.decided(tenantId, [orderId]);
    await onProfile('off');
    const collections = ['stock_items', 'stock_levels', 'movements', 'adjustments', 'locations', 'reservations'];
    const profile = await asSystem('profile', () =>
      fixture.database.db
        .collection<Row>('system.profile')
        .find({ ns: { $in: collections.map((name) => `${fixture.database.name}.${name}`) }, op: { $ne: 'insert' } })
        .toArray(),
    );
    // The fixture reads whole collections of a tenant by a filter of its own.
    const ours = profile.filter((row) => !isOfTheFixture(row));
    expect(ours.length).toBeGreaterThan(20);
    const costly = ours.filter((row) => {
      const returned = Number(row.nreturned ?? row.nMatched ?? 0);
      const examined = Number(row.docsExamined ?? 0);
      return row.hasSortStage === true || String(row.planSummary).includes('COLLSCAN') || examined > returned;
    });
    expect(
      costly.map(({ ns, planSummary, docsExamined, nreturned, command }) => ({
        ns,
        planSummary,
        docsExamined,
        nreturned,
        command,
      })),
    ).toEqual([]);
  });
});

function isOfTheFixture(row: Row): boolean {
  const { filter, sort, limit } = (row.command ?? {}) as { filter?: object; sort?: object; limit?: number };
  return filter !== undefined && Object.keys(filter).join() === 'tenantId' && sort !== undefined && limit === undefined;
}
