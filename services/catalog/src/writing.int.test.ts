// Creating, changing and archiving on a real MongoDB and Redis: what is answered, what is stored, and the events in the stream.
import { connectRedis, streamKey } from '@holdfast/shared/redis';
import { partitionOf } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Body, cap, openCatalog, owner, price, shirts } from './catalog-fixture.ts';

let catalog: Awaited<ReturnType<typeof openCatalog>>;
const call: typeof catalog.call = (...request) => catalog.call(...request);

beforeAll(async () => {
  catalog = await openCatalog();
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

  it('refuses a taken SKU, also an archived one, and stores nothing of the product', async () => {
    const who = owner();
    const first = await call(who, 'POST', '/v1/products', cap());
    await call(who, 'DELETE', `/v1/products/${first.body.id}`);
    const second = await call(who, 'POST', '/v1/products', { ...cap(), name: 'Second' });
    expect(second).toMatchObject({ status: 409, body: { code: 'sku_taken', sku: 'CAP-1' } });
    expect((await call(who, 'GET', '/v1/products')).body.data).toHaveLength(1);
    expect((await call(owner(), 'POST', '/v1/products', cap())).status).toBe(201);
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
    const redis = connectRedis(process.env.HOLDFAST_TEST_REDIS_URL!, { purpose: 'test' });
    const key = streamKey(catalog.generation, 'catalog', partitionOf(who.tenantId));
    const events = await vi.waitFor(async () => {
      const entries = await redis.xrange(key, '-', '+');
      const own = entries
        .map(([, fields]) => JSON.parse(fields[1]!))
        .filter((event) => event.tenantid === who.tenantId);
      expect(own).toHaveLength(8);
      return own;
    });
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
    expect(events[1]).toMatchObject({ correlationid: 'trace-me', data: { initialStock: 7, forSale: true } });
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
