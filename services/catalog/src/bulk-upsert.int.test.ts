// Bulk upserts on a real MongoDB and Redis: rows for themselves, repeated, at once, and as fast as an import needs.
import { asTenant } from '@holdfast/shared/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, cap, type Fixture, openFixture, owner, price, type Who } from './catalog.fixture.ts';
import { upsertVariants } from './variants/upsert-variants.ts';

let catalog: Fixture;
beforeAll(async () => {
  catalog = await openFixture();
});
afterAll(() => catalog?.close());

const path = '/v1/variants/bulk-upsert';
const upsert = (who: Who, rows: unknown, headers: Record<string, string> = {}) =>
  catalog.as(who).post(path, { rows }, headers);
const rowsOf = (count: number, perProduct = 4) =>
  Array.from({ length: count }, (_, n) => ({
    sku: `S-${n}`,
    name: `Product ${Math.floor(n / perProduct)}`,
    price: { amount: 100 + n, currency: 'EUR' },
    initialStock: 3,
  }));

describe('rows', () => {
  it('are applied one by one: flawed ones fail with a code and a pointer, the others take effect', async () => {
    const who = owner();
    const { body } = await upsert(who, [
      { sku: '007', name: 'Cap', price, category: 'caps' },
      { sku: 'bad sku', name: 'Cap', price },
      { sku: 'T-1', name: 'Tee', price: { amount: 1.5, currency: 'EUR' } },
      'no row',
      { sku: ' 007 ', price },
      { sku: 'C-2', name: 'Cap', price, sise: 1 },
      { sku: 'C-3', name: 'Cap', price, initialStock: 4 },
    ]);
    expect(body).toMatchObject({ created: 2, updated: 0, unchanged: 0, failed: 5 });
    expect(body.data.map(({ row, code, pointer }: Body) => [row, code, pointer])).toEqual([
      [0, undefined, undefined],
      [1, 'invalid_format', '/rows/1/sku'],
      [2, 'invalid_type', '/rows/2/price/amount'],
      [3, 'invalid_type', '/rows/3'],
      [4, 'duplicate_sku', '/rows/4/sku'],
      [5, 'unknown_field', '/rows/5/sise'],
      [6, undefined, undefined],
    ]);
    const product = await catalog.as(who).get(`/v1/products/${body.data[0].productId}`);
    expect(product.body).toMatchObject({ name: 'Cap', category: 'caps', version: 1 });
    expect(product.body.variants.map(({ sku }: Body) => sku)).toEqual(['007', 'C-3']);
  });

  it('keep SKUs and barcodes as text, whatever number they look like', async () => {
    const who = owner();
    const skus = ['00123', '90.750', '1E5', '0123'];
    const rows = skus.map((sku) => ({ sku, name: 'Numbers', price, barcode: '0040063813' }));
    const { body } = await upsert(who, [...rows, { sku: 'X', name: 'Numbers', price, barcode: '4.00638E+12' }]);
    expect(body).toMatchObject({ created: 4, failed: 1 });
    expect(body.data[4]).toMatchObject({ code: 'invalid_format', pointer: '/rows/4/barcode' });
    const product = (await catalog.as(who).get(`/v1/products/${body.data[0].productId}`)).body;
    expect(product.variants.map(({ sku, barcode }: Body) => [sku, barcode])).toEqual(
      skus.map((sku) => [sku, '0040063813']),
    );
    for (const sku of skus) {
      const found = await catalog.as(who).get(`/v1/variants?sku=${sku}`);
      expect(found.body.data.map((one: Body) => one.sku)).toEqual([sku]);
    }
  });

  it('update a product that was created by hand, and change nothing when they come again', async () => {
    const who = owner();
    const made = (await catalog.as(who).post('/v1/products', cap('CAP-1'))).body;
    const rows = [
      { sku: 'cap-1', price: { amount: 5, currency: 'EUR' }, status: 'draft' },
      { sku: 'CAP-2', name: 'Wool cap', price, initialStock: 1 },
    ];
    const first = await upsert(who, rows);
    expect(first.body.data.map(({ status, productId }: Body) => [status, productId])).toEqual([
      ['updated', made.id],
      ['created', made.id],
    ]);
    const product = (await catalog.as(who).get(`/v1/products/${made.id}`)).body;
    expect(product).toMatchObject({ status: 'draft', version: 2, variants: [{ sku: 'CAP-1' }, { sku: 'CAP-2' }] });
    expect((await upsert(who, rows)).body).toMatchObject({ unchanged: 2, failed: 0 });
    expect((await catalog.as(who).get(`/v1/products/${made.id}`)).body).toEqual(product);
  });

  it('take over the SKU and the name of what was archived', async () => {
    const who = owner();
    const first = (await upsert(who, rowsOf(1))).body.data[0];
    await catalog.as(who).send('DELETE', `/v1/products/${first.productId}`);
    const second = (await upsert(who, rowsOf(1))).body.data[0];
    expect(second.status).toBe('created');
    expect(second.productId).not.toBe(first.productId);
  });

  it('are refused as a whole only where there are none, or too many', async () => {
    for (const rows of [[], rowsOf(1_001), undefined]) expect((await upsert(owner(), rows)).status).toBe(400);
  });
});

describe('an Idempotency-Key', () => {
  it('gives the first answer again, also after a change, and refuses another body', async () => {
    const who = owner();
    const key = { 'idempotency-key': 'k-1' };
    const first = await upsert(who, [...rowsOf(3), 'no row'], key);
    await catalog.as(who).send('DELETE', `/v1/products/${first.body.data[0].productId}`);
    const again = await upsert(who, [...rowsOf(3), 'no row'], key);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(first.body);
    expect((await upsert(who, rowsOf(3), key)).body.code).toBe('idempotency_key_reused');
  });
});

describe('at once', () => {
  it('upserts of one new name make one product', async () => {
    const who = owner();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => upsert(who, [{ sku: `OWN-${n}`, name: 'Shared', price }])),
    );
    expect(answers.map(({ body }) => body.created)).toEqual(Array(8).fill(1));
    const { body } = await catalog.as(who).get('/v1/products');
    expect(body.data.map(({ variants }: Body) => variants.length)).toEqual([8]);
  });

  it('upserts of one SKU make one variant', async () => {
    const who = owner();
    const rowsFor = (n: number) => [
      { sku: `OWN-${n}`, name: 'Shared', price },
      { sku: 'SHARED', name: 'Shared', price: { amount: n, currency: 'EUR' } },
    ];
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => upsert(who, rowsFor(n))));
    const results = answers.flatMap(({ body }) => body.data);
    expect(results.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(new Set(results.map(({ productId }) => productId)).size).toBe(1);
    expect(results.filter(({ sku, status }) => sku === 'SHARED' && status === 'created')).toHaveLength(1);
    const { body } = await catalog.as(who).get('/v1/products');
    expect(body.data).toHaveLength(1);
    expect(body.data[0].variants).toHaveLength(7);
  });
});

describe('many at once', () => {
  it('are stored one after the other, each with its answer', async () => {
    const who = owner();
    const rowsFor = (n: number) => rowsOf(20).map((row) => ({ ...row, price: { amount: n, currency: 'EUR' } }));
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => upsert(who, rowsFor(n + 1))));
    expect(answers.map(({ status, body }) => [status, body.failed])).toEqual(answers.map(() => [200, 0]));
  });

  it('are busy past their time, and store nothing', async () => {
    const who = owner();
    const caller = { tenantId: who.tenantId, userId: who.userId! };
    const endsAtMs = catalog.deps.clock.monotonicMs();
    const results = await asTenant(who.tenantId, () =>
      upsertVariants({ caller, rows: rowsOf(3), endsAtMs }, catalog.deps),
    );
    expect(results.map(({ status, code }) => [status, code])).toEqual(results.map(() => ['failed', 'busy']));
    expect((await catalog.as(who).get('/v1/products')).body.data).toEqual([]);
  });
});

describe('a thousand rows', () => {
  it('are stored, changed and found unchanged', async () => {
    const who = owner();
    const caller = { tenantId: who.tenantId, userId: who.userId! };
    const timed = async (label: string, rows: ReturnType<typeof rowsOf>) => {
      const began = performance.now();
      const results = await asTenant(who.tenantId, () => upsertVariants({ caller, rows }, catalog.deps));
      const rate = Math.round(rows.length / ((performance.now() - began) / 1_000));
      process.stdout.write(`bulk upsert, ${label}: ${rate} rows/s\n`);
      return new Set(results.map(({ status }) => status));
    };
    const rows = rowsOf(1_000);
    expect(await timed('created', rows)).toEqual(new Set(['created']));
    expect(await timed('unchanged', rows)).toEqual(new Set(['unchanged']));
    const dearer = rows.map((row) => ({ ...row, price: { ...row.price, amount: row.price.amount + 1 } }));
    expect(await timed('updated', dearer)).toEqual(new Set(['updated']));
  });
});

describe('every query of the tests above', () => {
  it('has an index for its filter and order, and reads nothing in vain', async () => {
    const { count, wasteful } = await catalog.profiledQueries();
    expect(count).toBeGreaterThan(30);
    expect(wasteful).toEqual([]);
  });
});
