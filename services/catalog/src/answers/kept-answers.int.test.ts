// Two processes of the catalog with one cache: what their clients see, and what they see while the cache is down.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@holdfast/devstack';
import { asTenant } from '@holdfast/shared/persistence';
import { openTestService, type TestTokens, testSettings, until } from '@holdfast/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../app.ts';
import { type Body, cap, customerOf, owner, price, type Who } from '../catalog.fixture.ts';
import { readConfig } from '../config.ts';
import { type Deps, openDeps } from '../deps.ts';
import { updateProduct } from '../products/update-product.ts';

const closing: (() => unknown)[] = [];
let redis: Awaited<ReturnType<typeof startRedis>>;
let apps: Awaited<ReturnType<typeof openOne>>[];

async function openOne(settings: Record<string, string>) {
  const service = await openTestService<Deps, Body>(await openDeps(readConfig(settings)), buildApp);
  closing.push(() => service.close());
  return service;
}

beforeAll(async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-cache-'));
  closing.push(() => rmSync(dataDir, { recursive: true, force: true }));
  redis = await startRedis({ kind: 'cache', dataDir, log: () => {} });
  closing.push(() => redis.stop());
  const settings = testSettings('catalog', { REDIS_CACHE_URL: redis.uri });
  apps = [await openOne(settings), await openOne(settings)];
  for (const one of apps) await untilKept(one, owner());
});
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type App = { as: (typeof apps)[number]['as']; tokens: TestTokens };
const ask = (app: App, who: Who, url: string, headers: Record<string, string> = {}) => app.as(who).get(url, headers);
const shownBy = async (app: App, who: Who, url: string) => (await ask(app, who, url)).headers['x-cache'];

/** Waits until the process believes its cache: its tail runs, Redis answers. */
const untilKept = (app: App, who: Who) =>
  until(async () => (await shownBy(app, who, '/v1/products')) === 'HIT', { what: 'answers are kept' });

async function created(who: Who): Promise<Body> {
  const { status, body } = await apps[0]!.as(who).post('/v1/products', cap());
  expect(status).toBe(201);
  return body;
}

describe('what a client sees', () => {
  it('is the same from the cache: body, ETag, 304, Link, and where it comes from', async () => {
    const who = owner();
    const first = await created(who);
    await apps[0]!.as(who).post('/v1/products', cap('CAP-2'));
    const variant = first.variants[0].id;
    const urls = [
      `/v1/products/${first.id}`,
      `/v1/products/${first.id}/variants`,
      `/v1/variants/${variant}`,
      '/v1/products?limit=1',
      '/v1/variants?limit=1',
    ];
    for (const caller of [who, customerOf(who)]) {
      for (const url of urls) {
        const made = await ask(apps[0]!, caller, url);
        const kept = await ask(apps[0]!, caller, url);
        expect([url, made.headers['x-cache'], kept.headers['x-cache']]).toEqual([url, 'MISS', 'HIT']);
        expect(kept.body).toEqual(made.body);
        for (const name of ['etag', 'link', 'content-type', 'cache-control', 'vary', 'content-length'])
          expect([name, kept.headers[name]]).toEqual([name, made.headers[name]]);
        const { etag, link } = made.headers;
        expect(typeof (url.includes('limit') ? link : (etag ?? 'a list'))).toBe('string');
        if (typeof etag !== 'string') continue;
        const known = await ask(apps[0]!, caller, url, { 'if-none-match': etag });
        expect([known.status, known.body, known.headers['x-cache']]).toEqual([304, undefined, 'HIT']);
      }
    }
  });

  it('is for its view alone: costs, drafts and creators are for staff', async () => {
    const who = owner();
    const { id } = await created(who);
    const asStaff = await ask(apps[0]!, who, `/v1/products/${id}`);
    const asCustomer = await ask(apps[0]!, customerOf(who), `/v1/products/${id}`);
    expect([asStaff.body.variants[0].cost, asCustomer.body.variants[0].cost]).toEqual([
      cap().variants[0]!.cost,
      undefined,
    ]);
    const seller: Who = { ...who, role: 'STAFF' };
    const bySeller = await ask(apps[0]!, seller, `/v1/products/${id}`);
    expect([bySeller.body.createdBy, bySeller.body.variants[0].cost]).toEqual([who.userId, undefined]);
    expect((await ask(apps[0]!, customerOf(who), `/v1/products/${id}`)).body.createdBy).toBeUndefined();
    await apps[0]!.as(who).patch(`/v1/products/${id}`, { status: 'draft' });
    expect((await ask(apps[0]!, who, `/v1/products/${id}`)).status).toBe(200);
    expect((await ask(apps[0]!, customerOf(who), `/v1/products/${id}`)).status).toBe(404);
  });

  it('is of its own tenant, with the same names, SKUs and categories', async () => {
    const [one, two] = [owner(), owner()];
    const [a] = [await created(one), await created(two)];
    for (const app of apps) {
      await ask(app, one, '/v1/products');
      await ask(app, one, `/v1/products/${a.id}`);
      const listed = await ask(app, two, '/v1/products');
      expect(listed.body.data.map(({ id }: Body) => id)).not.toContain(a.id);
      expect((await ask(app, two, `/v1/products/${a.id}`)).status).toBe(404);
    }
  });
});

describe('a change', () => {
  it('is what its writer reads next, on either process, in details and lists', async () => {
    const who = owner();
    const { id, variants } = await created(who);
    const urls = [`/v1/products/${id}`, '/v1/products', `/v1/products/${id}/variants`, '/v1/variants'];
    for (let n = 1; n <= 10; n += 1) {
      const [here, there] = n % 2 ? apps : apps.toReversed();
      for (const app of apps) for (const url of urls) await ask(app, who, url);
      const amount = price.amount + n;
      const changed = await here!.as(who).patch(`/v1/variants/${variants[0].id}`, { price: { ...price, amount } });
      expect(changed.status).toBe(200);
      const read = await Promise.all(urls.flatMap((url) => [there!, here!].map((app) => ask(app, who, url))));
      for (const { body } of read) expect(JSON.stringify(body)).toContain(`"amount":${amount}`);
      const kept = await Promise.all(apps.map((app) => shownBy(app, who, urls[0]!)));
      expect(kept).toEqual(['HIT', 'HIT']);
    }
  });

  it('of a category is shown with its products at once, in their details too', async () => {
    const who = owner();
    const call = apps[0]!.as(who);
    const parent = (await call.post('/v1/categories', { name: 'Apparel' })).body;
    const child = (await call.post('/v1/categories', { name: 'Caps', parentId: parent.id })).body;
    const { body } = await call.post('/v1/products', { ...cap(), category: 'Apparel > Caps' });
    const urls = [`/v1/products/${body.id}`, '/v1/products', `/v1/categories/${child.id}`, '/v1/categories'];
    for (const app of apps) for (const url of urls) await ask(app, who, url);
    expect((await apps[1]!.as(who).patch(`/v1/categories/${parent.id}`, { name: 'Clothes' })).status).toBe(200);
    for (const app of apps) {
      for (const url of urls) expect(JSON.stringify((await ask(app, who, url)).body)).toContain('Clothes > Caps');
    }
    const first = `/v1/categories/${parent.id}`;
    for (const app of apps) await ask(app, who, first);
    for (const [url, known, status, from, caller] of [
      [urls[0]!, '"1"', 200, 'HIT', who],
      [urls[0]!, '"1"', 200, 'MISS', customerOf(who)],
      [urls[2]!, '"1"', 200, 'HIT', who],
      [first, '"1"', 200, 'HIT', who],
      [first, '"2"', 304, 'HIT', who],
    ] as const) {
      const answer = await ask(apps[0]!, caller, url, { 'if-none-match': known });
      expect([url, known, answer.status, answer.headers['x-cache']]).toEqual([url, known, status, from]);
    }
  });

  it('that nobody marked is told by its event: by a job, say', async () => {
    const who = owner();
    const { id } = await created(who);
    const customer = customerOf(who);
    for (const app of apps) await ask(app, customer, `/v1/products/${id}`);
    const { deps } = apps[0]!;
    const caller = { tenantId: who.tenantId, userId: who.userId! };
    const command = { caller, id, expectVersion: () => {}, patch: { name: 'By a job' } };
    await asTenant(who.tenantId, () => updateProduct(command, deps));
    const nameAt = async (app: App, as: Who) => (await ask(app, as, `/v1/products/${id}`)).body.name;
    for (const app of apps) {
      await until(async () => (await nameAt(app, customer)) === 'By a job', { what: 'customers see it' });
      await until(async () => (await nameAt(app, who)) === 'By a job', { what: 'staff see it' });
    }
  });
});

describe('while Redis is down', () => {
  it('answers are right and not slow; when it is back, empty or as it was, they are kept again', async () => {
    const who = owner();
    const { id } = await created(who);
    const url = `/v1/products/${id}`;
    let n = 0;
    const rename = async (app: App) => {
      n += 1;
      expect((await app.as(who).patch(url, { name: `Cap ${n}` })).status).toBe(200);
      const names = await Promise.all(apps.map(async (one) => (await ask(one, who, url)).body.name));
      expect(names).toEqual([`Cap ${n}`, `Cap ${n}`]);
    };
    await rename(apps[0]!);
    for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
      for (const app of apps) await ask(app, who, url);
      await redis.kill(signal);
      const beganMs = performance.now();
      for (const app of [...apps, ...apps]) await rename(app);
      expect(performance.now() - beganMs).toBeLessThan(5_000);
      expect(await shownBy(apps[0]!, who, url)).toBe('BYPASS');
      if (signal === 'SIGSTOP') await redis.kill('SIGCONT');
      else await redis.restart();
      for (const app of apps) {
        await untilKept(app, owner());
        expect((await ask(app, who, url)).body.name).toBe(`Cap ${n}`);
      }
      await rename(apps[1]!);
    }
  });
});
