// The catalog on a real MongoDB and Redis: every operation through the HTTP app, what is stored, and the events in the stream.
import { randomBytes } from 'node:crypto';
import type { Role } from '@holdfast/shared/contracts';
import { asSystem } from '@holdfast/shared/persistence';
import { connectRedis, streamKey } from '@holdfast/shared/redis';
import { type TestTokens, testTokens } from '@holdfast/shared/testing';
import { newId, partitionOf } from '@holdfast/shared/values';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { type Deps, openDeps } from './deps.ts';

const run = randomBytes(4).toString('hex');
const price = { amount: 1999, currency: 'EUR' };
const cost = { amount: 777_001, currency: 'EUR' };
let deps: Deps;
let app: FastifyInstance;
let tokens: TestTokens;

beforeAll(async () => {
  tokens = await testTokens();
  const config = readConfig({
    MONGODB_URI: process.env.HOLDFAST_TEST_MONGODB_URI,
    REDIS_URL: process.env.HOLDFAST_TEST_REDIS_URL,
    DATABASE_NAME: `catalog_${run}`,
    STREAM_GENERATION: `cat${run}`,
    AUTH_URL: 'http://127.0.0.1:9',
    INTERNAL_TOKEN: 'a token of these tests',
    HOLDFAST_SECRET: 'a secret of these tests that is long enough',
    LOG_LEVEL: 'silent',
    NODE_ENV: 'test',
  });
  deps = await openDeps(config);
  await asSystem('profile', () => deps.database.db.command({ profile: 2 }));
  app = buildApp({ ...deps, trust: { ...deps.trust, verifier: tokens.verifier } });
});
afterAll(async () => {
  await app?.close();
  await deps?.close();
});

type Who = { tenantId: string; role?: Role; userId?: string };
// biome-ignore lint/suspicious/noExplicitAny: answers of every shape, each checked where it is used
type Body = any;
type Answer = { status: number; body: Body; headers: Record<string, unknown> };

async function call(
  who: Who,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await app.inject({
    method,
    url,
    headers: { ...(await tokens.bearer(who)), ...headers },
    ...(body ? { payload: body } : {}),
  });
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json(), headers: answer.headers };
}

const owner = (): Who => ({ tenantId: newId('ten'), role: 'OWNER', userId: newId('usr') });
const customerOf = (who: Who): Who => ({ ...who, role: 'CUSTOMER', userId: newId('usr') });
const cap = (sku = 'CAP-1') => ({ name: 'Wool cap', variants: [{ sku, price, cost, initialStock: 7 }] });
const shirts = {
  name: 'Tee',
  category: 'shirts',
  options: { size: ['S', 'M', 'L'], color: ['Red', 'Blue', 'Sand'] },
  skuPattern: 'TEE-{size}-{color}',
  template: { price, initialStock: 5, reorderLevel: 2 },
};

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
      expect({ ...hidden.body, instance: '', traceId: '' }).toEqual({ ...unknown.body, instance: '', traceId: '' });
    }
    expect((await call(customer, 'GET', '/v1/variants?status=archived')).body.data).toEqual([]);
    expect((await call(customer, 'GET', '/v1/variants?sku=D-1')).body.data).toEqual([]);
    await call(who, 'DELETE', `/v1/variants/${active.variants[0].id}`);
    expect((await call(customer, 'GET', `/v1/variants/${active.variants[0].id}`)).status).toBe(404);
    expect((await call(customer, 'GET', `/v1/products/${active.id}`)).body.variants).toEqual([]);
    expect((await call(who, 'GET', `/v1/variants/${active.variants[0].id}`)).body.status).toBe('archived');
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
      expect({ ...foreign.body, instance: '', traceId: '' }).toEqual({ ...unknown.body, instance: '', traceId: '' });
    }
    expect((await call(who, 'GET', `/v1/products/${id}`)).body).toEqual(before.body);
    expect((await call(stranger, 'GET', '/v1/variants?sku=CAP-1')).body.data).toEqual([]);
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
    const key = streamKey(`cat${run}`, 'catalog', partitionOf(who.tenantId));
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
    const { db } = deps.database;
    const seen = await asSystem('profile', async () => {
      await db.command({ profile: 0 });
      return db
        .collection('system.profile')
        .find({ ns: { $in: ['products', 'variants'].map((name) => `${db.databaseName}.${name}`) } })
        .toArray();
    });
    expect(seen.length).toBeGreaterThan(100);
    const found = seen.filter(({ op, command }) => op === 'query' && command.find);
    expect(found.length).toBeGreaterThan(50);
    const wasteful = seen.filter((query) => {
      const { planSummary = '', hasSortStage = false, docsExamined = 0, nreturned = 0 } = query;
      const vain = docsExamined > Math.max(1, nreturned * 1.1) && query.op !== 'insert';
      return planSummary.includes('COLLSCAN') || hasSortStage || vain;
    });
    const told = wasteful.map(({ command: { find, filter, sort }, planSummary, docsExamined, nreturned }) => ({
      ...{ find, sort, planSummary, docsExamined, nreturned },
      filter: JSON.stringify(filter),
    }));
    expect(told).toEqual([]);
  });
});
