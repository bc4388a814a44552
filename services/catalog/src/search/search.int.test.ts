// Searches, filters and orders on a real MongoDB, against what a plain look at every product says; profiled.
import { asTenant } from '@holdfast/shared/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, customerOf, type Fixture, openFixture, owner, type Who } from '../catalog.fixture.ts';
import { candidatesPerPageMax } from '../limits.ts';

let catalog: Fixture;
const who = owner();
const colors = ['Red', 'Blue', 'Sand'];
const sizes = ['S', 'M', 'L'];
const paths = ['Apparel > Shirts', 'Apparel > Shirts > Tees', 'Apparel', 'Home'];
const count = 60;

/** Product n: its words, category, price, options and status follow from n. */
const rowOf = (n: number) => ({
  sku: `SKU-${String(n).padStart(3, '0')}`,
  name: `${n % 2 === 0 ? 'Wool' : 'Cotton'} ${n % 3 === 0 ? 'Crème' : 'plain'} item ${n}`,
  description: n % 5 === 0 ? 'A very soft thing' : 'A thing',
  category: paths[n % paths.length]!,
  price: { amount: 100 * ((n * 7) % count), currency: 'EUR' },
  barcode: `40${n}`,
  options: { size: sizes[n % 3]!, color: colors[n % 2]! },
  ...(n % 6 === 5 ? { status: 'draft' } : {}),
});

beforeAll(async () => {
  catalog = await openFixture();
  const rows = Array.from({ length: count }, (_, n) => rowOf(n));
  const answer = await catalog.as(who).post('/v1/variants/bulk-upsert', { rows });
  expect(answer.body.created).toBe(count);
});
afterAll(() => catalog?.close());

/** All pages of a list, and how often each item came. */
async function all(caller: Who, list: string, query: string, limit = 7): Promise<Body[]> {
  const found: Body[] = [];
  let cursor: string | null = null;
  do {
    const url: string = `/v1/${list}?limit=${limit}${query}${cursor ? `&cursor=${cursor}` : ''}`;
    const { status, body } = await catalog.as(caller).get(url);
    expect(status, JSON.stringify(body)).toBe(200);
    found.push(...body.data);
    cursor = body.nextCursor;
  } while (cursor !== null);
  expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  return found;
}
const numberOf = ({ name, productName }: Body) => Number(/\d+$/.exec(name ?? productName)![0]);
const numbers = async (query: string, list = 'products', caller = who) =>
  (await all(caller, list, query)).map(numberOf);
const where = (holds: (n: number) => boolean) =>
  Array.from({ length: count }, (_, n) => n)
    .filter(holds)
    .sort((a, b) => a - b);
const ascending = (found: number[]) => [...found].sort((a, b) => a - b);
const isDraft = (n: number) => n % 6 === 5;
const priceOf = (n: number) => 100 * ((n * 7) % count);

describe('products', () => {
  it.each<[string, (n: number) => boolean]>([
    ['q=wool', (n) => n % 2 === 0],
    ['q=creme+WOOL', (n) => n % 6 === 0],
    ['q=soft', (n) => n % 5 === 0],
    ['q=soft+cotton+plain', (n) => n % 5 === 0 && n % 2 === 1 && n % 3 !== 0],
    ['q=sku-01', (n) => n >= 10 && n < 20],
    ['q=sku-01+wool', (n) => n >= 10 && n < 20 && n % 2 === 0],
    ['q=4012', (n) => n === 12],
    ['q=red', (n) => n % 2 === 0],
    ['category=Apparel', (n) => n % 4 !== 3],
    ['category=apparel%20%3E%20shirts', (n) => n % 4 < 2],
    ['category=Home&status=draft', (n) => n % 4 === 3 && isDraft(n)],
    ['status=draft', isDraft],
    ['status=active&q=cotton', (n) => n % 2 === 1 && !isDraft(n)],
    ['priceMin=1000&priceMax=2500', (n) => priceOf(n) >= 1_000 && priceOf(n) <= 2_500],
    ['priceMin=2600', (n) => priceOf(n) >= 2_600],
    ['priceMax=0', (n) => priceOf(n) === 0],
    ['priceMin=9&priceMax=8', () => false],
    ['category=Apparel&priceMax=900', (n) => n % 4 !== 3 && priceOf(n) <= 900],
    ['q=wool&category=Apparel&priceMax=900', (n) => n % 2 === 0 && n % 4 !== 3 && priceOf(n) <= 900],
    ['option.size=m', (n) => n % 3 === 1],
    ['option.size=M&option.color=Red', (n) => n % 3 === 1 && n % 2 === 0],
    [
      'option.size=M&q=wool+soft&category=Apparel&status=active&priceMin=100',
      (n) => n % 3 === 1 && n % 2 === 0 && n % 5 === 0 && n % 4 !== 3 && !isDraft(n) && priceOf(n) >= 100,
    ],
    ['q=wool+cotton', () => false],
    ['q=%20', () => true],
  ])('%s', async (query, holds) => {
    for (const sort of ['newest', 'name', 'price']) {
      const found = await numbers(`&${query}&sort=${sort}`);
      expect(ascending(found), sort).toEqual(where(holds));
      if (sort === 'price') expect(found.map(priceOf)).toEqual(found.map(priceOf).sort((a, b) => a - b));
    }
  });

  it('come by name without regard to accents, equal prices by id, and customers see what is for sale', async () => {
    const names = (await all(who, 'products', '&sort=name')).map(({ name }) => name);
    const folded = names.map((name) => name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase());
    expect(folded).toEqual([...folded].sort());
    const seen = await numbers('&q=cotton&sort=price', 'products', customerOf(who));
    expect(ascending(seen)).toEqual(where((n) => n % 2 === 1 && !isDraft(n)));
    expect(await numbers('&status=draft', 'products', customerOf(who))).toEqual([]);
  });

  it.each([
    '.*',
    '^wool',
    '$ne',
    '{"$gt":""}',
    '"',
    "' || 1==1 //",
    '(a+)+$',
    '\\',
    '🎉',
    'x'.repeat(10_000),
    `${'wool '.repeat(2_000)}`,
    Array.from({ length: 2_000 }, (_, n) => `w${n}`).join(' '),
  ])('hostile text is text: %.20s', async (text) => {
    for (const list of ['products', 'variants']) {
      const answer = await catalog.as(who).get(`/v1/${list}?q=${encodeURIComponent(text)}`);
      expect(answer.status).toBe(200);
    }
  });

  it('refuse filters that are none', async () => {
    for (const query of [
      'option.=x',
      'option.__proto__=x',
      '__proto__=x',
      '__proto__[a]=x',
      'options=x',
      'optionsize=x',
      'priceMin=-1',
      'sort=id',
      'q=%00',
    ]) {
      expect((await catalog.as(who).get(`/v1/products?${query}`)).status, query).toBe(400);
    }
  });

  it('have the lowest price, the words and the options of their variants as they are now', async () => {
    const own = owner();
    const price = (amount: number) => ({ amount, currency: 'EUR' });
    const body = {
      name: 'Box',
      variants: [
        { sku: 'BOX-1', price: price(500), options: { size: 'S' } },
        { sku: 'BOX-2', price: price(900), options: { size: 'L' } },
      ],
    };
    const made = (await catalog.as(own).post('/v1/products', body)).body;
    const found = async (query: string) => (await all(own, 'products', query)).length;
    expect([await found('&priceMax=500'), await found('&q=box-1')]).toEqual([1, 1]);
    const [small, large] = made.variants;
    await catalog.as(own).send('DELETE', `/v1/variants/${small.id}`);
    expect([await found('&priceMax=500'), await found('&q=box-1'), await found('&option.size=S')]).toEqual([0, 0, 0]);
    await catalog.as(own).send('PATCH', `/v1/variants/${large.id}`, { price: price(100), sku: 'CRATE' });
    expect([await found('&priceMax=500'), await found('&q=box-2'), await found('&q=crat')]).toEqual([1, 0, 1]);
    await catalog.as(own).post(`/v1/products/${made.id}/variants`, { sku: 'BOX-3', price: price(50) });
    expect(await found('&priceMax=50')).toBe(1);
    await catalog.as(own).send('PATCH', `/v1/products/${made.id}`, { name: 'Chest', category: 'Big' });
    expect([await found('&q=chest'), await found('&q=box&category=big')]).toEqual([1, 1]);
    expect((await all(own, 'variants', '&category=Big&q=chest')).map(({ sku }) => sku).sort()).toEqual([
      'BOX-3',
      'CRATE',
    ]);
    const rows = [{ sku: 'CRATE', price: price(5), category: 'Small' }];
    expect((await catalog.as(own).post('/v1/variants/bulk-upsert', { rows })).body.updated).toBe(1);
    expect([await found('&priceMax=5&category=Small'), await found('&category=Big')]).toEqual([1, 0]);
    expect(await all(own, 'variants', '&category=Small')).toHaveLength(2);
    await catalog.as(own).send('DELETE', `/v1/products/${made.id}`);
    expect([await found('&status=archived&q=crate'), await found('&status=active')]).toEqual([1, 0]);
  });
});

describe('variants', () => {
  it.each<[string, (n: number) => boolean]>([
    ['q=sku-02', (n) => n >= 20 && n < 30],
    ['q=wool+creme', (n) => n % 6 === 0],
    ['category=Apparel&status=active', (n) => n % 4 !== 3],
    ['sku=sku-017', (n) => n === 17],
    ['sku=sku-017&q=wool', () => false],
    ['status=archived', () => false],
  ])('%s', async (query, holds) => {
    expect(ascending(await numbers(`&${query}`, 'variants'))).toEqual(where(holds));
    const seen = await numbers(`&${query}`, 'variants', customerOf(who));
    expect(ascending(seen)).toEqual(where((n) => holds(n) && !isDraft(n)));
  });

  it('of up to 100 ids come newest first, in pages; a customer gets what is for sale', async () => {
    const variants = await all(who, 'variants', '', 100);
    const some = variants.filter((one) => numberOf(one) % 3 === 2);
    const ids = some.map(({ id }) => id);
    const query = `&ids=${[...ids].reverse().join(',')},var_unknown`;
    expect((await all(who, 'variants', query)).map(({ id }) => id)).toEqual(ids);
    expect(await numbers(query, 'variants', customerOf(who))).toEqual(some.map(numberOf).filter((n) => !isDraft(n)));
    expect((await catalog.as(who).get(`/v1/variants?ids=${'a,'.repeat(101)}`)).status).toBe(400);
  });
});

describe('every query of the tests above', () => {
  it('reads only what it returns, from an index in its order', async () => {
    const { count: queries, wasteful } = await catalog.profiledQueries();
    expect(queries).toBeGreaterThan(500);
    expect(wasteful).toEqual([]);
  });
});

it("ids of another tenant's variants are unknown", async () => {
  const ids = (await all(who, 'variants', '')).map(({ id }) => id);
  expect(await all(owner(), 'variants', `&ids=${ids.join(',')}`)).toEqual([]);
});

describe('a search that looks at very much and finds nothing', () => {
  it('ends its page early, with a cursor that goes on', async () => {
    const own = owner();
    const { tenantId } = own;
    const documents = Array.from({ length: 2 * (candidatesPerPageMax + 2_000) }, (_, n) => {
      const sortKey = String(n).padStart(8, '0');
      const terms = [n % 2 === 0 ? 'w:even' : 'w:odd'];
      return { _id: `var_${sortKey}`, tenantId, productId: sortKey, position: 0, terms, sortKey, events: [] };
    });
    const { native } = catalog.deps.variants;
    for (let from = 0; from < documents.length; from += 5_000) {
      const some = documents.slice(from, from + 5_000) as never;
      await asTenant(tenantId, () => native.insertMany(some));
    }
    const first = await catalog.as(own).get('/v1/variants?q=odd+even&limit=5');
    expect(first.body).toEqual({ data: [], nextCursor: expect.any(String) });
    const rest = await catalog.as(own).get(`/v1/variants?q=odd+even&limit=5&cursor=${first.body.nextCursor}`);
    expect(rest.body).toEqual({ data: [], nextCursor: null });
  });
});
