// Reading on a real MongoDB: who sees what, page by page, and tenants that do not exist for each other.
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  type Body,
  cap,
  comparable,
  cost,
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

describe('customers', () => {
  it('see what is for sale, never a cost, a draft or an archived thing', async () => {
    const who = owner();
    const customer = customerOf(who);
    const active = (await call(who, 'POST', '/v1/products', cap())).body;
    const draft = (await call(who, 'POST', '/v1/products', { ...cap('D-1'), status: 'draft' })).body;
    const list = await call(customer, 'GET', '/v1/products');
    expect(list.body.data.map((one: { id: string }) => one.id)).toEqual([active.id]);
    expect(JSON.stringify(list.body)).not.toContain('777001');
    expect(active.variants[0].cost).toEqual(cost);
    expect(
      (await call({ ...who, role: 'STAFF' }, 'GET', `/v1/products/${active.id}`)).body.variants[0].cost,
    ).toBeUndefined();
    const unknown = await call(customer, 'GET', `/v1/products/${newId('prd')}`);
    for (const url of [
      `/v1/products/${draft.id}`,
      `/v1/variants/${draft.variants[0].id}`,
      `/v1/products/${draft.id}/variants`,
    ]) {
      const hidden = await call(customer, 'GET', url);
      expect(comparable(hidden)).toEqual(comparable(unknown));
    }
    expect((await call(customer, 'GET', '/v1/variants?status=archived')).body.data).toEqual([]);
    expect((await call(customer, 'GET', '/v1/variants?sku=D-1')).body.data).toEqual([]);
    await call(who, 'DELETE', `/v1/variants/${active.variants[0].id}`);
    expect((await call(customer, 'GET', `/v1/variants/${active.variants[0].id}`)).status).toBe(404);
    expect((await call(customer, 'GET', `/v1/products/${active.id}`)).body.variants).toEqual([]);
    expect((await call(who, 'GET', `/v1/variants/${active.variants[0].id}`)).body.status).toBe('archived');
  });
});

describe('lists', () => {
  it('page through everything once, newest first, with cursors that fit only their tenant and filter', async () => {
    const who = owner();
    for (let n = 0; n < 5; n += 1)
      await call(who, 'POST', '/v1/products', { ...cap(`S-${n}`), category: n < 3 ? 'a' : 'b' });
    const seen: string[] = [];
    let url: string | null = '/v1/products?limit=2';
    while (url) {
      const page: Answer = await call(who, 'GET', url);
      seen.push(...page.body.data.map((one: Body) => one.variants[0].sku));
      url = page.body.nextCursor && `/v1/products?limit=2&cursor=${page.body.nextCursor}`;
    }
    expect(seen).toEqual(['S-4', 'S-3', 'S-2', 'S-1', 'S-0']);
    const { nextCursor } = (await call(who, 'GET', '/v1/products?limit=2')).body;
    for (const [caller, path] of [
      [owner(), `/v1/products?limit=2&cursor=${nextCursor}`],
      [who, `/v1/products?limit=2&category=a&cursor=${nextCursor}`],
      [who, `/v1/products?limit=2&cursor=x${nextCursor}`],
    ] as const) {
      expect(await call(caller, 'GET', path)).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
    }
    expect((await call(who, 'GET', '/v1/products?category=b&status=active')).body.data).toHaveLength(2);
  });

  it('pages the variants of a product by position and of the tenant by time, equal times included', async () => {
    const who = owner();
    const { id } = (await call(who, 'POST', '/v1/products', shirts)).body;
    for (const base of [
      `/v1/products/${id}/variants?limit=4`,
      '/v1/variants?limit=4',
      '/v1/variants?status=active&limit=4',
    ]) {
      const seen: string[] = [];
      let url: string | null = base;
      while (url) {
        const page: Answer = await call(who, 'GET', url);
        seen.push(...page.body.data.map((one: Body) => one.sku));
        url = page.body.nextCursor && `${base}&cursor=${page.body.nextCursor}`;
      }
      expect(seen).toHaveLength(9);
      expect(new Set(seen).size).toBe(9);
    }
    expect((await call(who, 'GET', '/v1/variants?sku=TEE-M-Blue')).body.data).toHaveLength(1);
  });
});

describe('one broken document', () => {
  it('is left out of the list; the others are shown', async () => {
    const who = owner();
    const [broken, fine] = [
      (await call(who, 'POST', '/v1/products', cap('B-1'))).body,
      (await call(who, 'POST', '/v1/products', cap('B-2'))).body,
    ];
    await catalog.damage(who.tenantId, broken.id, { metadata: 1 });
    const list = await call(who, 'GET', '/v1/products');
    expect(list.status).toBe(200);
    expect(list.body.data.map((one: Body) => one.id)).toEqual([fine.id]);
    expect((await call(who, 'GET', `/v1/products/${broken.id}`)).status).toBe(500);
    await catalog.damage(who.tenantId, fine.id, { createdAt: null });
    expect((await call(who, 'GET', '/v1/products')).body).toEqual({ data: [], nextCursor: null });
  });
});

describe('filters', () => {
  it('take text as it was taken when it was written', async () => {
    const who = owner();
    await call(who, 'POST', '/v1/products', { ...cap('Caf-1'), category: 'Cafe\u0301 ' });
    for (const category of ['Caf\u00e9', ' Cafe\u0301']) {
      const found = await call(who, 'GET', `/v1/products?category=${encodeURIComponent(category)}`);
      expect(found.body.data.map((one: Body) => one.category)).toEqual(['Caf\u00e9']);
    }
    for (const sku of ['CAF-1', '%20caf-1']) {
      expect((await call(who, 'GET', `/v1/variants?sku=${sku}`)).body.data).toHaveLength(1);
    }
  });

  it.each(['limit=0x10', 'limit=1e1', 'category=%00', 'category=%E2%80%8B', 'sku=a%20b'])(
    'refuse %s',
    async (query) => {
      for (const list of ['products', 'variants'])
        expect((await call(owner(), 'GET', `/v1/${list}?${query}`)).status).toBe(400);
    },
  );
});

describe('who created a product', () => {
  it('is shown to staff, not to customers', async () => {
    const who = owner();
    const { id } = (await call(who, 'POST', '/v1/products', cap('W-1'))).body;
    expect((await call({ ...who, role: 'STAFF' }, 'GET', `/v1/products/${id}`)).body.createdBy).toBe(who.userId);
    expect((await call(customerOf(who), 'GET', `/v1/products/${id}`)).body).not.toHaveProperty('createdBy');
  });
});

describe('tenants', () => {
  it("another tenant's id is an unknown id on every route", async () => {
    const who = owner();
    const stranger = owner();
    const { id, variants } = (await call(who, 'POST', '/v1/products', cap())).body;
    const before = await call(who, 'GET', `/v1/products/${id}`);
    for (const [method, path, body] of [
      ['GET', '/v1/products/:p', undefined],
      ['PATCH', '/v1/products/:p', { name: 'x' }],
      ['DELETE', '/v1/products/:p', undefined],
      ['GET', '/v1/products/:p/variants', undefined],
      ['POST', '/v1/products/:p/variants', { sku: 'X', price }],
      ['GET', '/v1/variants/:v', undefined],
      ['PATCH', '/v1/variants/:v', { barcode: '1' }],
      ['DELETE', '/v1/variants/:v', undefined],
    ] as const) {
      const foreign = await call(stranger, method, path.replace(':p', id).replace(':v', variants[0].id), body);
      const unknown = await call(stranger, method, path.replace(':p', newId('prd')).replace(':v', newId('var')), body);
      expect(foreign.status).toBe(404);
      expect(comparable(foreign)).toEqual(comparable(unknown));
    }
    expect((await call(who, 'GET', `/v1/products/${id}`)).body).toEqual(before.body);
    expect((await call(stranger, 'GET', '/v1/variants?sku=CAP-1')).body.data).toEqual([]);
  });
});

describe('every query of the tests above', () => {
  it('has an index for its filter and order: no scan, no sort in memory, nothing read in vain', async () => {
    const { count, wasteful } = await catalog.profiledQueries();
    expect(count).toBeGreaterThan(50);
    expect(wasteful).toEqual([]);
  });
});
