// Creating, changing and archiving on a real MongoDB and Redis: what is answered, what is stored,
// and the events in the stream.
import { catalogApi } from '@holdfast/shared/contracts';
import { connectRedis, streamKey } from '@holdfast/shared/redis';
import { until } from '@holdfast/shared/testing';
import { partitionOf } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Body,
  cap,
  customerOf,
  type Fixture,
  openFixture,
  owner,
  price,
  shirts,
  type Who,
} from './catalog.fixture.ts';

let catalog: Fixture;
const call = (who: Who, ...request: Parameters<ReturnType<Fixture['as']>['send']>) => catalog.as(who).send(...request);

beforeAll(async () => {
  catalog = await openFixture();
});
afterAll(() => catalog?.close());

describe('creating', () => {
  it('a matrix of 3 x 3 makes 9 variants that can be read again', async () => {
    const who = owner();
    const created = await call(who, 'POST', '/v1/products', shirts);
    expect(created.status).toBe(201);
    expect(created.body.variants.map((one: { sku: string }) => one.sku)).toContain('TEE-L-Sand');
    expect(created.body.variants).toHaveLength(9);
    const read = await call(who, 'GET', String(created.headers.location));
    expect(read.body).toEqual(created.body);
    expect(read.headers.etag).toBe('"1"');
    const again = await call(who, 'GET', `/v1/products/${created.body.id}`, undefined, { 'if-none-match': '"1"' });
    expect(again.status).toBe(304);
  });

  it('refuses an SKU that an active variant has in whatever case, and stores nothing of the product', async () => {
    const who = owner();
    await call(who, 'POST', '/v1/products', cap('Cap-1'));
    const second = await call(who, 'POST', '/v1/products', { ...cap(' CAP-1 '), name: 'Second' });
    expect(second).toMatchObject({ status: 409, body: { code: 'sku_taken', sku: 'CAP-1' } });
    expect((await call(who, 'GET', '/v1/products')).body.data).toHaveLength(1);
    expect((await call(owner(), 'POST', '/v1/products', cap('Cap-1'))).status).toBe(201);
  });

  it('lets the SKU of an archived variant be taken over, by one of ten at once, and be renamed', async () => {
    const who = owner();
    const first = await call(who, 'POST', '/v1/products', cap('Cap-1'));
    await call(who, 'DELETE', `/v1/products/${first.body.id}`);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => call(who, 'POST', '/v1/products', cap(n % 2 === 0 ? 'CAP-1' : 'cap-1'))),
    );
    expect(answers.map((one) => one.status).sort()).toEqual([201, ...Array(9).fill(409)]);
    const bySku = async (query: string) => (await call(who, 'GET', `/v1/variants?sku=${query}`)).body.data;
    expect((await bySku('CAP-1')).map((one: Body) => one.status)).toEqual(['active', 'archived']);
    expect(await bySku('cap-1&status=active')).toHaveLength(1);
    const [old] = first.body.variants;
    const renamed = await call(who, 'PATCH', `/v1/variants/${old.id}`, { sku: 'Cap-1-old' });
    expect(renamed).toMatchObject({ status: 200, body: { sku: 'Cap-1-old', status: 'archived' } });
    expect((await bySku('CAP-1')).map((one: Body) => one.status)).toEqual(['active']);
  });

  it('stores what got past the edge as the data that it is', async () => {
    const who = owner();
    const planted = (type: string) => ({ _bsontype: type, value: '1' });
    for (const [n, type] of ['Double', 'Long', 'ObjectId', 'Nonsense'].entries()) {
      const body = {
        ...catalogApi.createProduct.body.parse(cap(`P-${n}`)),
        metadata: planted(type),
        options: { _bsontype: [type] },
      };
      body.variants![0]!.options = { _bsontype: type };
      const { product } = await catalog.createPast(who, body);
      const renamed = await call(who, 'PATCH', `/v1/products/${product.id}`, { name: 'Renamed' });
      expect(renamed).toMatchObject({ status: 200, body: { name: 'Renamed', metadata: planted(type) } });
      expect(renamed.body.variants[0].options).toEqual({ _bsontype: type });
    }
    expect((await call(who, 'GET', '/v1/products')).body.data.map((one: Body) => one.metadata._bsontype)).toEqual([
      'Nonsense',
      'ObjectId',
      'Long',
      'Double',
    ]);
  });

  it('keeps free keys as plain data, whatever they are called', async () => {
    const who = owner();
    const names = [
      'isMongooseBuffer',
      'isMongooseMap',
      'toObject',
      'valueOf',
      'inspect',
      'then',
      'length',
      '_doc',
      'id',
      '0',
    ];
    const metadata = Object.fromEntries(names.map((name, n) => [name, n % 2 === 0 ? true : String(n)]));
    const options = { isMongooseBuffer: 'x', toObject: 'y', hasOwnProperty: 'z' };
    const declared = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, [value]]));
    const body = { name: 'Free', metadata, options: declared, variants: [{ sku: 'F-1', price, options }] };
    const created = await call(who, 'POST', '/v1/products', body);
    expect(created).toMatchObject({ status: 201, body: { metadata, options: declared, variants: [{ options }] } });
    await call(who, 'PATCH', `/v1/products/${created.body.id}`, { name: 'Freer', metadata: { more: 1 } });
    const read = await call(who, 'GET', `/v1/products/${created.body.id}`);
    expect(read.body.metadata).toEqual({ ...metadata, more: 1 });
    expect(read.body.variants[0].options).toEqual(options);
  });

  it('answers a repeated Idempotency-Key with the first answer, even after a change, and refuses another body', async () => {
    const who = owner();
    const key = { 'idempotency-key': 'k-1' };
    const first = await call(who, 'POST', '/v1/products', cap(), key);
    await call(who, 'PATCH', `/v1/products/${first.body.id}`, { name: 'Renamed' });
    const replay = await call(who, 'POST', '/v1/products', cap(), key);
    expect(replay.status).toBe(201);
    expect(replay.headers['idempotency-replayed']).toBe('true');
    expect(replay.body).toEqual(first.body);
    const other = await call(who, 'POST', '/v1/products', cap('CAP-2'), key);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    const elsewhere = await call(owner(), 'POST', '/v1/products', cap(), key);
    expect(elsewhere.headers['idempotency-replayed']).toBeUndefined();
  });

  it('ten equal requests at once make one product', async () => {
    const who = owner();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => call(who, 'POST', '/v1/products', cap(), { 'idempotency-key': 'same' })),
    );
    expect(answers.map((one) => one.status)).toEqual(Array(10).fill(201));
    expect(new Set(answers.map((one) => one.body.id)).size).toBe(1);
    expect(answers.filter((one) => one.headers['idempotency-replayed'] === undefined)).toHaveLength(1);
  });

  it.each([
    ['an unknown field', { ...cap(), tenantId: 'ten_other' }],
    ['an operator as metadata', { ...cap(), metadata: { $ne: 1 } }],
    ['a nested metadata value', { ...cap(), metadata: { a: { $gt: '' } } }],
    ['a reserved option', { name: 'x', variants: [{ sku: 'A', price, options: { constructor: 'x' } }] }],
    ['a key that is an instruction to the serializer', { ...cap(), metadata: { _bsontype: 'Double', value: '1' } }],
    ['another one, of a type that it does not know', { ...cap(), metadata: { _bsontype: 'Nonsense' } }],
    ['what is no currency', { name: 'x', variants: [{ sku: 'A', price: { amount: 1, currency: 'ZZZ' } }] }],
    ['a name that nobody sees', { ...cap(), name: '\u200b\u2060' }],
    ['a lone surrogate', { ...cap(), description: 'a\ud83d' }],
    ['a fractional price', { name: 'x', variants: [{ sku: 'A', price: { amount: 1.5, currency: 'EUR' } }] }],
    ['no variants', { name: 'x' }],
  ])('refuses %s', async (_name, body) => {
    const who = owner();
    expect(await call(who, 'POST', '/v1/products', body)).toMatchObject({
      status: 400,
      body: { code: 'validation_failed' },
    });
    expect((await call(who, 'GET', '/v1/products')).body.data).toEqual([]);
  });

  it('needs the permission', async () => {
    const staff = { ...owner(), role: 'STAFF' as const };
    expect((await call(staff, 'POST', '/v1/products', cap())).status).toBe(403);
  });
});

describe('options', () => {
  const tee = {
    name: 'Tee',
    options: { size: ['S', 'M', 'S'] },
    variants: [{ sku: 'TEE-S', price, options: { size: 'S' } }],
  };
  const another = (size: string, sku = `TEE-${size}`) => ({ sku, price, options: { size } });

  it('are shown, and later variants keep to them like the first ones', async () => {
    const who = owner();
    const { id, options, variants } = (await call(who, 'POST', '/v1/products', tee)).body;
    expect(options).toEqual({ size: ['S', 'M'] });
    const add = (body: object) => call(who, 'POST', `/v1/products/${id}/variants`, body);
    expect(await add(another('XL'))).toMatchObject({
      status: 422,
      body: { code: 'undeclared_option', options: { size: ['S', 'M'] }, errors: [{ pointer: '/options' }] },
    });
    expect(await add({ sku: 'TEE', price })).toMatchObject({ status: 422, body: { code: 'undeclared_option' } });
    expect(await add(another('S', 'TEE-S2'))).toMatchObject({
      status: 409,
      body: { code: 'combination_taken', variantId: variants[0].id },
    });
    expect((await add(another('M'))).status).toBe(201);
    await call(who, 'DELETE', `/v1/variants/${variants[0].id}`);
    expect((await add(another('S'))).status).toBe(201);
  });

  it('of ten variants with one combination at once, one is added', async () => {
    const who = owner();
    const { id } = (await call(who, 'POST', '/v1/products', tee)).body;
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => call(who, 'POST', `/v1/products/${id}/variants`, another('M', `M-${n}`))),
    );
    expect(answers.map((one) => one.status).sort()).toEqual([201, ...Array(9).fill(409)]);
    expect(new Set(answers.map((one) => one.body.code).filter(Boolean))).toEqual(new Set(['combination_taken']));
  });

  it('can be extended, and not be taken from a variant that has them', async () => {
    const who = owner();
    const { id } = (await call(who, 'POST', '/v1/products', tee)).body;
    const patch = (options: unknown) => call(who, 'PATCH', `/v1/products/${id}`, { options });
    expect((await patch({ size: ['S', 'M', 'XL'] })).body.options).toEqual({ size: ['S', 'M', 'XL'] });
    expect((await call(who, 'POST', `/v1/products/${id}/variants`, another('XL'))).status).toBe(201);
    for (const options of [{ size: ['M'] }, { size: null, color: ['Red'] }]) {
      expect(await patch(options)).toMatchObject({ status: 422, body: { code: 'undeclared_option' } });
    }
    expect((await patch(null)).body.options).toBeUndefined();
  });
});

describe('changing', () => {
  it('honours If-Match, and one of two writers at once wins', async () => {
    const who = owner();
    const { id } = (await call(who, 'POST', '/v1/products', cap())).body;
    const stale = await call(who, 'PATCH', `/v1/products/${id}`, { name: 'a' }, { 'if-match': '"9"' });
    expect(stale).toMatchObject({ status: 412, body: { code: 'stale_version' } });
    const both = await Promise.all(
      ['b', 'c'].map((name) => call(who, 'PATCH', `/v1/products/${id}`, { name }, { 'if-match': '"1"' })),
    );
    expect(both.map((one) => one.status).sort()).toEqual([200, 412]);
  });

  it('20 patches at once without If-Match are all applied, one version each', async () => {
    const who = owner();
    const { id } = (await call(who, 'POST', '/v1/products', cap())).body;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => call(who, 'PATCH', `/v1/products/${id}`, { metadata: { [`k${n}`]: n } })),
    );
    expect(answers.map((one) => one.status)).toEqual(Array(20).fill(200));
    const { body } = await call(who, 'GET', `/v1/products/${id}`);
    expect(body.version).toBe(21);
    expect(Object.keys(body.metadata)).toHaveLength(20);
  });

  it('a renamed product renames its variants; archiving takes both off sale, twice the same answer', async () => {
    const who = owner();
    const { id, variants } = (await call(who, 'POST', '/v1/products', shirts)).body;
    const renamed = await call(who, 'PATCH', `/v1/products/${id}`, { name: 'Better tee', description: null });
    expect(renamed.body.variants.every((one: Body) => one.productName === 'Better tee' && one.version === 2)).toBe(
      true,
    );
    const archived = await call(who, 'DELETE', `/v1/products/${id}`);
    expect(archived.body).toMatchObject({ status: 'archived', version: 3 });
    expect(archived.body.variants.every((one: Body) => one.status === 'archived' && one.version === 3)).toBe(true);
    expect((await call(who, 'DELETE', `/v1/products/${id}`)).body).toEqual(archived.body);
    for (const [method, url, body] of [
      ['PATCH', `/v1/products/${id}`, { name: 'x' }],
      ['PATCH', `/v1/variants/${variants[0].id}`, { barcode: '1' }],
      ['POST', `/v1/products/${id}/variants`, { sku: 'NEW', price }],
    ] as const) {
      expect(await call(who, method, url, body)).toMatchObject({ status: 409, body: { code: 'archived' } });
    }
  });

  it('an archived product is restored with the variants that were archived with it, and no others', async () => {
    const who = owner();
    const { id, variants } = (await call(who, 'POST', '/v1/products', shirts)).body;
    await call(who, 'DELETE', `/v1/variants/${variants[0].id}`);
    await call(who, 'DELETE', `/v1/products/${id}`);
    const restored = await call(who, 'PATCH', `/v1/products/${id}`, { status: 'active', name: 'Tee again' });
    expect(restored).toMatchObject({ status: 200, body: { status: 'active', name: 'Tee again' } });
    expect(restored.body.variants.map((one: Body) => one.status)).toEqual(['archived', ...Array(8).fill('active')]);
    expect(restored.body.variants[1]).toMatchObject({ productName: 'Tee again', version: 3 });
    const seen = await call(customerOf(who), 'GET', `/v1/products/${id}`);
    expect(seen.body.variants).toHaveLength(8);
    const one = await call(who, 'PATCH', `/v1/variants/${variants[0].id}`, { status: 'active' });
    expect(one).toMatchObject({ status: 200, body: { status: 'active', productName: 'Tee again' } });
    expect((await call(who, 'PATCH', `/v1/variants/${variants[0].id}`, { status: 'active' })).body).toEqual(one.body);
    await call(who, 'DELETE', `/v1/products/${id}`);
    const draft = await call(who, 'PATCH', `/v1/products/${id}`, { status: 'draft' });
    expect(draft.body.variants.map((variant: Body) => variant.status)).toEqual(Array(9).fill('active'));
    expect((await call(customerOf(who), 'GET', `/v1/products/${id}`)).status).toBe(404);
  });

  it('what is restored needs its SKU, its combination, and a variant a product that is not archived', async () => {
    const who = owner();
    const { id, variants } = (await call(who, 'POST', '/v1/products', shirts)).body;
    const [{ sku, options }] = variants;
    const restore = () => call(who, 'PATCH', `/v1/variants/${variants[0].id}`, { status: 'active' });
    await call(who, 'DELETE', `/v1/variants/${variants[0].id}`);
    const other = (await call(who, 'POST', '/v1/products', cap(sku))).body;
    expect(await restore()).toMatchObject({ status: 409, body: { code: 'sku_taken', sku } });
    await call(who, 'PATCH', `/v1/variants/${other.variants[0].id}`, { sku: 'ELSE' });
    const twin = await call(who, 'POST', `/v1/products/${id}/variants`, { sku: 'TWIN', price, options });
    expect(twin.status).toBe(201);
    expect(await restore()).toMatchObject({ status: 409, body: { code: 'combination_taken' } });
    await call(who, 'DELETE', `/v1/products/${id}`);
    expect(await restore()).toMatchObject({ status: 409, body: { code: 'archived' } });
    const both = await call(who, 'PATCH', `/v1/variants/${variants[0].id}`, { status: 'active', sku: 'NEW' });
    expect(both).toMatchObject({ status: 409, body: { code: 'archived' } });
    await call(who, 'POST', '/v1/products', cap('twin'));
    const before = await call(who, 'GET', `/v1/products/${id}`);
    const refused = await call(who, 'PATCH', `/v1/products/${id}`, { status: 'active' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'sku_taken', sku: 'TWIN' } });
    expect((await call(who, 'GET', `/v1/products/${id}`)).body).toEqual(before.body);
  });

  it('adds, changes and archives one variant; the product shows it and its version rises', async () => {
    const who = owner();
    const { id } = (await call(who, 'POST', '/v1/products', cap())).body;
    const key = { 'idempotency-key': 'add-1' };
    const added = await call(who, 'POST', `/v1/products/${id}/variants`, { sku: 'CAP-2', price }, key);
    expect(added).toMatchObject({ status: 201, body: { sku: 'CAP-2', version: 1 } });
    const replay = await call(who, 'POST', `/v1/products/${id}/variants`, { sku: 'CAP-2', price }, key);
    expect(replay.body).toEqual(added.body);
    expect(replay.headers['idempotency-replayed']).toBe('true');
    const taken = await call(who, 'PATCH', `/v1/variants/${added.body.id}`, { sku: 'CAP-1' });
    expect(taken).toMatchObject({ status: 409, body: { code: 'sku_taken', sku: 'CAP-1' } });
    const changed = await call(who, 'PATCH', `/v1/variants/${added.body.id}`, {
      price: { amount: 5, currency: 'EUR' },
    });
    expect(changed).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { price: { amount: 5 } } });
    const product = (await call(who, 'GET', `/v1/products/${id}`)).body;
    expect(product.version).toBe(3);
    expect(product.variants.map((one: Body) => one.sku)).toEqual(['CAP-1', 'CAP-2']);
    const archived = await call(who, 'DELETE', `/v1/variants/${added.body.id}`);
    expect((await call(who, 'DELETE', `/v1/variants/${added.body.id}`)).body).toEqual(archived.body);
  });
});

describe('events', () => {
  it('every change is in the stream once, by version, with its correlation and never with a cost', async () => {
    const who = owner();
    const { id, variants } = (await call(who, 'POST', '/v1/products', cap(), { 'x-request-id': 'trace-me' })).body;
    await call(who, 'PATCH', `/v1/products/${id}`, { status: 'draft' });
    await call(who, 'PATCH', `/v1/variants/${variants[0].id}`, { cost: { amount: 424_242, currency: 'EUR' } });
    await call(who, 'DELETE', `/v1/products/${id}`);
    const { REDIS_URL, STREAM_GENERATION } = catalog.deps.config;
    const redis = connectRedis(REDIS_URL, { purpose: 'test' });
    const key = streamKey(STREAM_GENERATION, 'catalog', partitionOf(who.tenantId));
    const published = async () => {
      const entries = await redis.xrange(key, '-', '+');
      const all = entries.map(([, fields]) => JSON.parse(fields[1]!));
      const own = all.filter((event) => event.tenantid === who.tenantId);
      return own.length >= 8 && own;
    };
    const events = await until(published, { what: 'all events are published' });
    redis.disconnect();
    const told = events.map((event) => [event.type.slice('com.holdfast.'.length), event.aggregateversion]);
    expect(told).toEqual([
      ['product.created.v1', 1],
      ['variant.created.v1', 1],
      ['product.updated.v1', 2],
      ['variant.updated.v1', 2],
      ['product.updated.v1', 3],
      ['variant.updated.v1', 3],
      ['product.archived.v1', 4],
      ['variant.archived.v1', 4],
    ]);
    const createdBy = who.userId;
    expect(events[1]).toMatchObject({ correlationid: 'trace-me', data: { initialStock: 7, forSale: true, createdBy } });
    expect(events[3].data.forSale).toBe(false);
    expect(JSON.stringify(events)).not.toMatch(/777001|424242/);
  });
});

describe('every query of the tests above', () => {
  it('has an index for its filter and order: no scan, no sort in memory, nothing read in vain', async () => {
    const { count, wasteful } = await catalog.profiledQueries();
    expect(count).toBeGreaterThan(50);
    expect(wasteful).toEqual([]);
  });
});
