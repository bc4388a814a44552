// Categories on a real MongoDB and Redis: the tree, the products that are filed in it, and writers at once.
import { catalogApi } from '@holdfast/shared/contracts';
import { asTenant } from '@holdfast/shared/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  type Body,
  cap,
  customerOf,
  type Fixture,
  openFixture,
  owner,
  price,
  type Who,
} from '../catalog.fixture.ts';
import type { Deps } from '../deps.ts';
import { createProduct } from '../products/create-product.ts';
import { updateProduct } from '../products/update-product.ts';
import { upsertVariants } from '../variants/upsert-variants.ts';

let catalog: Fixture;
beforeAll(async () => {
  catalog = await openFixture();
});
afterAll(() => catalog?.close());

const path = '/v1/categories';
const create = (who: Who, name: string, parentId?: string, headers = {}) =>
  catalog.as(who).post(path, { name, ...(parentId ? { parentId } : {}) }, headers);
const patch = (who: Who, id: string, body: object, headers = {}) =>
  catalog.as(who).send('PATCH', `${path}/${id}`, body, headers);
const product = (who: Who, sku: string, category?: string) =>
  catalog.as(who).post('/v1/products', { ...cap(sku), ...(category ? { category } : {}) });
const paths = async (who: Who, query = '') =>
  (await catalog.as(who).get(`${path}${query}`)).body.data.map((one: Body) => one.path);

describe('the tree', () => {
  it('is made, listed by path, and read by everybody', async () => {
    const who = owner();
    const apparel = (await create(who, 'Apparel')).body;
    expect(apparel).toMatchObject({ id: expect.stringMatching(/^cat_/), parentId: null, path: 'Apparel', version: 1 });
    const shirts = (await create(who, 'Shirts', apparel.id)).body;
    await create(who, 'Home');
    await create(who, 'Caps', apparel.id);
    expect(await paths(customerOf(who))).toEqual(['Apparel', 'Apparel > Caps', 'Apparel > Shirts', 'Home']);
    expect(await paths(who, `?parentId=${apparel.id}`)).toEqual(['Apparel > Caps', 'Apparel > Shirts']);
    const first = await catalog.as(who).get(`${path}?limit=3`);
    const rest = await catalog.as(who).get(`${path}?limit=3&cursor=${first.body.nextCursor}`);
    expect(rest.body.data.map((one: Body) => one.path)).toEqual(['Home']);
    const read = await catalog.as(who).get(`${path}/${shirts.id}`);
    expect(read).toMatchObject({ body: shirts, headers: { etag: '"1"' } });
    expect((await catalog.as(owner()).get(`${path}/${shirts.id}`)).status).toBe(404);
    expect((await create(customerOf(who), 'Mine')).status).toBe(403);
  });

  it('refuses names that are taken, cycles and paths as names', async () => {
    const who = owner();
    const apparel = (await create(who, 'Apparel')).body;
    const shirts = (await create(who, 'Shirts', apparel.id)).body;
    expect((await create(who, ' APPAREL')).body).toMatchObject({ code: 'category_taken', categoryId: apparel.id });
    expect((await patch(who, apparel.id, { parentId: shirts.id })).body.code).toBe('category_cycle');
    expect((await create(who, 'a > b')).status).toBe(400);
    expect((await create(who, 'x', 'cat_unknown')).body.code).toBe('unknown_category');
    expect((await patch(who, shirts.id, { name: 'Tops' }, { 'if-match': '"7"' })).status).toBe(412);
  });

  it('answers a repeated key with the first answer, also after a move', async () => {
    const who = owner();
    const key = { 'idempotency-key': 'k-1' };
    const first = await create(who, 'Shirts', undefined, key);
    await patch(who, first.body.id, { name: 'Tops' });
    const again = await create(who, 'Shirts', undefined, key);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect((await create(who, 'Others', undefined, key)).body.code).toBe('idempotency_key_reused');
  });

  it('loses a category only when nothing is in it', async () => {
    const who = owner();
    const apparel = (await create(who, 'Apparel')).body;
    const shirts = (await create(who, 'Shirts', apparel.id)).body;
    const made = (await product(who, 'T-1', shirts.id)).body;
    await catalog.as(who).send('DELETE', `/v1/products/${made.id}`);
    const remove = (id: string) => catalog.as(who).send('DELETE', `${path}/${id}`);
    expect(await remove(apparel.id)).toMatchObject({ status: 409, body: { categoryIds: [shirts.id], productIds: [] } });
    expect(await remove(shirts.id)).toMatchObject({ status: 409, body: { productIds: [made.id] } });
    await catalog.as(who).send('PATCH', `/v1/products/${made.id}`, { status: 'active', category: null });
    expect((await remove(shirts.id)).status).toBe(204);
    expect((await remove(shirts.id)).status).toBe(404);
    expect(await paths(who)).toEqual(['Apparel']);
    expect((await create(who, 'Shirts', apparel.id)).status).toBe(201);
  });
});

describe('a product', () => {
  it('is filed under an id or a path, which is created where it is new', async () => {
    const who = owner();
    const made = (await product(who, 'A-1', ' Apparel >  Shirts')).body;
    expect(made).toMatchObject({ category: 'Apparel > Shirts', categoryId: expect.stringMatching(/^cat_/) });
    expect((await product(who, 'A-2', 'apparel > SHIRTS')).body.categoryId).toBe(made.categoryId);
    expect((await product(who, 'A-3', made.categoryId)).body.category).toBe('Apparel > Shirts');
    expect((await product(who, 'A-4', `cat_${'a'.repeat(26)}`)).body.code).toBe('unknown_category');
    expect((await product(who, 'A-5', 'a >> b')).status).toBe(400);
    expect((await product(who, 'A-6', 'x > '.repeat(8).concat('x'))).status).toBe(400);
    expect(await paths(who)).toEqual(['Apparel', 'Apparel > Shirts']);
  });

  it('is shown in its category as it is called now, and found by it', async () => {
    const who = owner();
    const made = (await product(who, 'B-1', 'Apparel > Shirts')).body;
    await patch(who, made.categoryId, { name: 'Tops', parentId: null });
    const read = await catalog.as(who).get(`/v1/products/${made.id}`);
    expect(read.body).toMatchObject({ category: 'Tops', version: 1 });
    for (const [filter, count] of [
      ['Tops', 1],
      [made.categoryId, 1],
      ['Apparel', 0],
      ['Nowhere', 0],
    ]) {
      const list = await catalog.as(who).get(`/v1/products?category=${filter}`);
      expect(list.body.data, String(filter)).toHaveLength(Number(count));
    }
  });

  it('gets its first answer again, with the category that it had then', async () => {
    const who = owner();
    const key = { 'idempotency-key': 'k-1' };
    const body = { ...cap('C-1'), category: 'Shirts' };
    const first = await catalog.as(who).post('/v1/products', body, key);
    await patch(who, first.body.categoryId, { name: 'Tops' });
    expect((await catalog.as(who).post('/v1/products', body, key)).body).toEqual(first.body);
  });

  it('of a bulk upsert is filed, too; a category that is unknown fails its row alone', async () => {
    const who = owner();
    const rows = [
      { sku: 'D-1', name: 'One', price, category: 'Apparel > Caps' },
      { sku: 'D-2', name: 'Two', price, category: `cat_${'a'.repeat(26)}` },
    ];
    const { body } = await catalog.as(who).post('/v1/variants/bulk-upsert', { rows });
    expect(body.data).toMatchObject([
      { status: 'created' },
      { status: 'failed', code: 'unknown_category', pointer: '/rows/1/category' },
    ]);
    expect((await catalog.as(who).post('/v1/variants/bulk-upsert', { rows })).body.unchanged).toBe(1);
    expect((await catalog.as(who).get(`/v1/products/${body.data[0].productId}`)).body.category).toBe('Apparel > Caps');
  });
});

describe('at once', () => {
  it('products under a new path create it once', async () => {
    const who = owner();
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, n) => product(who, `E-${n}`, n % 2 === 0 ? 'New > Path' : 'new > path')),
    );
    expect(new Set(made.map(({ body }) => body.categoryId)).size).toBe(1);
    expect(await paths(who)).toHaveLength(2);
  });

  it('two moves that would make a cycle together are not both done', async () => {
    const who = owner();
    const [a, b] = [(await create(who, 'A')).body.id, (await create(who, 'B')).body.id];
    const answers = await Promise.all([patch(who, a, { parentId: b }), patch(who, b, { parentId: a })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});

describe('a category that is deleted while a product is filed under it', () => {
  /** The deletion runs whole while the product is written and not committed yet. */
  async function filedLate(who: Who, write: (deps: Deps) => Promise<unknown>, id: string) {
    const { deps } = catalog;
    let removed: Answer | undefined;
    const during = async () => {
      removed ??= await catalog.as(who).send('DELETE', `${path}/${id}`);
    };
    const variants: Deps['variants'] = {
      ...deps.variants,
      async insert(...given: Parameters<Deps['variants']['insert']>) {
        await deps.variants.insert(...given);
        await during();
      },
      async saveAll(...given: Parameters<Deps['variants']['saveAll']>) {
        await deps.variants.saveAll(...given);
        await during();
      },
    };
    const outcome = await asTenant(who.tenantId, () => write({ ...deps, variants })).then(
      (made) => made,
      (error) => error.code,
    );
    return { outcome, removed: removed?.status };
  }
  const callerOf = ({ tenantId, userId }: Who) => ({ tenantId, userId: userId! });

  it('stays, or the product is refused: one that is created', async () => {
    const who = owner();
    const { id } = (await create(who, 'Shirts')).body;
    const body = catalogApi.createProduct.body.parse({ ...cap('L-1'), category: id });
    const late = await filedLate(who, (deps) => createProduct({ caller: callerOf(who), body }, deps), id);
    expect(late).toEqual({ outcome: 'unknown_category', removed: 204 });
    expect((await catalog.as(who).get('/v1/products')).body.data).toEqual([]);
  });

  it('stays, or the product is refused: one that is filed elsewhere', async () => {
    const who = owner();
    const { id } = (await create(who, 'Shirts')).body;
    const made = (await product(who, 'L-1')).body;
    const command = { caller: callerOf(who), id: made.id, expectVersion: () => {}, patch: { category: 'shirts' } };
    const late = await filedLate(who, (deps) => updateProduct(command, deps), id);
    // It is decided again, and the path that it named is a new category.
    expect(late.removed).toBe(204);
    const { body } = await catalog.as(who).get(`/v1/products/${made.id}`);
    expect(body.categoryId).not.toBe(id);
    expect(body.category).toBe('shirts');
  });

  it('stays, or its row alone fails: one of a bulk upsert', async () => {
    const who = owner();
    const { id } = (await create(who, 'Shirts')).body;
    const rows = [
      { sku: 'L-1', name: 'One', price, category: id },
      { sku: 'L-2', name: 'Two', price },
    ];
    const late = await filedLate(who, (deps) => upsertVariants({ caller: callerOf(who), rows }, deps), id);
    expect(late.removed).toBe(204);
    expect(late.outcome).toMatchObject([
      { status: 'failed', code: 'unknown_category', pointer: '/category' },
      { status: 'created' },
    ]);
  });

  it('is never lost by a product that was answered with it', async () => {
    const who = owner();
    for (let round = 0; round < 5; round += 1) {
      const { id } = (await create(who, `Shirts ${round}`)).body;
      const [made, removed] = await Promise.all([
        product(who, `M-${round}`, id),
        catalog.as(who).send('DELETE', `${path}/${id}`),
      ]);
      expect([made.status, removed.status]).toEqual(made.status === 201 ? [201, 409] : [422, 204]);
    }
  });
});

describe('events', () => {
  it('tell of each change, in versions', async () => {
    const who = owner();
    const { id } = (await create(who, 'Shirts')).body;
    await patch(who, id, { name: 'Tops' });
    await catalog.as(who).send('DELETE', `${path}/${id}`);
    const stored = await asTenant(who.tenantId, () => catalog.deps.categories.read({ tenantId: who.tenantId, id }));
    expect(stored).toMatchObject({ isDeleted: true, version: 3, name: 'Tops' });
    const raw = await asTenant(who.tenantId, () =>
      catalog.deps.categories.native.findOne({ tenantId: who.tenantId, _id: id }),
    );
    expect(JSON.parse(raw!.events![0]!.body)).toMatchObject({
      type: 'com.holdfast.category.deleted.v1',
      aggregateversion: 3,
    });
  });
});
