// Gates without noise: what an order makes the servers do, compared with what is committed, and what the lists make
// MongoDB look at. A figure that has grown is a change that somebody has to want: then committed.json is written anew.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadResult } from '../load/load.ts';
import { type BenchPlatform, openPlatform } from '../platform/platform.ts';
import { buyersOf, type Tenant } from '../platform/tenants.ts';
import { startWorker, type Worker } from '../worker.ts';
import committed from './committed.json' with { type: 'json' };
import { type Counts, combine, readCounts } from './counters.ts';
import { profileReads } from './reads.ts';

const dataSet = { tenants: 4, variantsPerTenant: 100, stock: 1_000_000 };
const orderCount = 640;
const warmUpCount = 320;
const inFlight = 64;
const idleMs = 4_000;

/** How far a figure may grow. What is stored and published is exact; how many orders share a command is not. */
const tolerance: Counts = {
  documentsInserted: 1.1,
  documentsUpdated: 1.25,
  events: 1.02,
  mongodbCommands: 1.8,
  mongodbBytes: 1.3,
  redisCommands: 1.8,
  redisBytes: 1.3,
};

let platform: BenchPlatform;
let generator: Worker;

beforeAll(async () => {
  generator = await startWorker('load/generator.process.ts');
  platform = await openPlatform(dataSet, () => undefined);
}, 180_000);

afterAll(async () => {
  await generator?.stop();
  await platform?.close();
}, 60_000);

function order(orders: number): Promise<LoadResult> {
  const buyers = buyersOf(platform.tenants.all);
  return platform.load(generator, { inFlight, lines: 2, copies: 1, until: { orders }, buyers });
}

const read = () => readCounts(platform.reading.client.db('admin'), platform.reading.redis);

/** Counts per order, without what the platform does anyway in that time. */
async function countPerOrder(): Promise<Counts> {
  const idleFrom = await read();
  const idleStart = performance.now();
  // Not a wait for something: this is how long the background is counted.
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const from = await read();
  const start = performance.now();
  const { confirmed } = await order(orderCount);
  const to = await read();
  const share = (performance.now() - start) / (start - idleStart);
  const idle = combine(from, idleFrom, (after, before) => (after - before) * share);
  const all = combine(to, from, (after, before) => after - before);
  return combine(all, idle, (count, background) => Math.max(0, count - background) / confirmed);
}

describe('an order under load', () => {
  it('costs no more commands, bytes, documents and events than committed', async () => {
    await order(warmUpCount);
    const counts = await countPerOrder();
    const shown = Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, Number(value.toFixed(2))]));
    console.log(`per order of two lines, ${inFlight} in flight: ${JSON.stringify(shown)}`);
    for (const name of Object.keys(tolerance) as (keyof Counts)[]) {
      const most = committed[name] * tolerance[name];
      expect(counts[name], `${name} per order; committed ${committed[name]}`).toBeLessThanOrEqual(most);
    }
  });

  it('keeps every invariant', async () => {
    expect(await platform.check()).toEqual([]);
  });
});

const perReturnedMax = 1.1;

/** Every list, filtered as clients do, on the first and on a later page. */
const lists: readonly { db: 'orders' | 'inventory' | 'catalog'; path: (of: { variant: string }) => string }[] = [
  { db: 'orders', path: () => '/v1/orders?limit=50' },
  { db: 'orders', path: () => '/v1/orders?limit=50&status=CONFIRMED' },
  { db: 'inventory', path: () => '/v1/stock?limit=50' },
  { db: 'inventory', path: () => '/v1/movements?limit=50' },
  { db: 'inventory', path: () => '/v1/movements?limit=50&kind=reservation' },
  { db: 'inventory', path: ({ variant }) => `/v1/movements?limit=5&variantId=${variant}` },
  { db: 'catalog', path: () => '/v1/products?limit=2' },
];

describe('a list', () => {
  it.each(lists.map((list) => ({ ...list, name: list.path({ variant: 'one' }) })))(
    '$name looks at what it returns',
    async ({ db, path }) => {
      const tenant: Tenant = platform.tenants.all[0]!;
      const url = path({ variant: tenant.variants[0]! });
      const page = async (at: string) => {
        const answer = await tenant.owner.request<{ data: unknown[]; nextCursor: string | null }>('GET', at);
        expect(answer.status, answer.text).toBe(200);
        return answer.body;
      };
      let rows = 0;
      const reads = await profileReads(platform.reading.db(db), tenant.tenantId, async () => {
        const first = await page(url);
        rows += first.data.length;
        if (first.nextCursor === null) return;
        rows += (await page(`${url}&cursor=${encodeURIComponent(first.nextCursor)}`)).data.length;
      });
      expect(rows).toBeGreaterThan(0);
      expect(reads.returned).toBeGreaterThanOrEqual(rows);
      expect(reads.examined / reads.returned, JSON.stringify(reads)).toBeLessThanOrEqual(perReturnedMax);
    },
  );
});
