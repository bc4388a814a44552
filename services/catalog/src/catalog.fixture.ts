// For tests: a catalog with a database and streams of its own, called through its HTTP app.
import type { Role } from '@holdfast/shared/contracts';
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { type AnyBody, openTestService, type TestAnswer, testServers, testSettings } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { listTag } from './answers/changed-tags.ts';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { type Deps, openDeps } from './deps.ts';
import { createProduct } from './products/create-product.ts';
import type { CreateProductBody } from './products/variant-matrix.ts';

export type Who = { tenantId: string; role?: Role; userId?: string };
export type Body = AnyBody;
export type Answer = TestAnswer<Body>;

export const price = { amount: 1999, currency: 'EUR' };
export const cost = { amount: 777_001, currency: 'EUR' };
export const cap = (sku = 'CAP-1') => ({ name: 'Wool cap', variants: [{ sku, price, cost, initialStock: 7 }] });
export const shirts = {
  name: 'Tee',
  category: 'shirts',
  options: { size: ['S', 'M', 'L'], color: ['Red', 'Blue', 'Sand'] },
  skuPattern: 'TEE-{size}-{color}',
  template: { price, initialStock: 5, reorderLevel: 2 },
};
export const owner = (): Who => ({ tenantId: newId('ten'), role: 'OWNER', userId: newId('usr') });
export const customerOf = (who: Who): Who => ({ ...who, role: 'CUSTOMER', userId: newId('usr') });

/** An answer without what differs between any two. */
export const comparable = ({ status, body }: Answer) => ({ status, body: { ...body, instance: '', traceId: '' } });

const profileBytes = 64 * 1024 * 1024;

export type Fixture = Awaited<ReturnType<typeof openFixture>>;

/** Opens the catalog; every query is profiled from now on. */
export async function openFixture(env: Readonly<Record<string, string>> = {}) {
  const config = readConfig(testSettings('catalog', { REDIS_CACHE_URL: testServers().redisCacheUrl, ...env }));
  const service = await openTestService<Deps, Body>(await openDeps(config), buildApp);
  const { deps } = service;
  await asSystem('profile', async () => {
    // By itself it keeps 1 MB, which is the last few hundred queries.
    await deps.database.db.createCollection('system.profile', { capped: true, size: profileBytes });
    await deps.database.db.command({ profile: 2 });
  });
  return {
    ...service,

    /** Creates a product of a body that was never validated. */
    async createPast({ tenantId, userId = 'usr_1' }: Who, body: CreateProductBody) {
      const command = { caller: { tenantId, userId }, body };
      return (await asTenant(tenantId, () => createProduct(command, deps))).created;
    },

    /** Stores fields in a product that no version of the code would. */
    async damage(tenantId: string, _id: string, fields: object) {
      const products = deps.database.db.collection<{ _id: string; tenantId: string }>('products');
      const update = { $set: { ...fields, events: [] } };
      await asTenant(tenantId, () => products.updateOne({ tenantId, _id }, update));
      await deps.cache.answers.settle(tenantId, [{ tag: _id }, { tag: listTag }], 'damage');
    },

    /** What was asked of products and variants so far, and which of it scanned, sorted in memory or read in vain. */
    async profiledQueries() {
      const { db } = deps.database;
      const seen = await asSystem('profile', async () => {
        await db.command({ profile: 0 });
        return db
          .collection('system.profile')
          .find({ ns: { $in: ['products', 'variants'].map((name) => `${db.databaseName}.${name}`) } })
          .toArray();
      });
      const wasteful = seen.filter((query) => {
        const { planSummary = '', hasSortStage = false, docsExamined = 0, nreturned = 0 } = query;
        const vain = docsExamined > Math.max(1, nreturned * 1.1) && query.op !== 'insert';
        return planSummary.includes('COLLSCAN') || hasSortStage || vain;
      });
      const told = wasteful.map(({ command: { find, filter, sort }, planSummary, docsExamined, nreturned }) => ({
        find,
        sort,
        planSummary,
        docsExamined,
        nreturned,
        filter: JSON.stringify(filter),
      }));
      return { count: seen.length, wasteful: told };
    },
  };
}
