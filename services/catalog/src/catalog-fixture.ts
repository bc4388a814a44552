// For tests: a catalog with a database and streams of its own, called through its HTTP app.
import { randomBytes } from 'node:crypto';
import type { Role } from '@holdfast/shared/contracts';
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { testTokens } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { openDeps } from './deps.ts';
import { createProduct } from './products/create-product.ts';
import type { CreateProductBody } from './products/variant-matrix.ts';

export type Who = { tenantId: string; role?: Role; userId?: string };
// biome-ignore lint/suspicious/noExplicitAny: answers of every shape, each checked where it is used
export type Body = any;
export type Answer = { status: number; body: Body; headers: Record<string, unknown> };
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

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

/** Opens the catalog; every query is profiled from now on. */
export async function openCatalog() {
  const generation = `cat${randomBytes(4).toString('hex')}`;
  const tokens = await testTokens();
  const config = readConfig({
    MONGODB_URI: process.env.HOLDFAST_TEST_MONGODB_URI,
    REDIS_URL: process.env.HOLDFAST_TEST_REDIS_URL,
    DATABASE_NAME: `catalog_${generation}`,
    STREAM_GENERATION: generation,
    AUTH_URL: 'http://127.0.0.1:9',
    INTERNAL_TOKEN: 'a token of these tests',
    HOLDFAST_SECRET: 'a secret of these tests that is long enough',
    LOG_LEVEL: 'silent',
    NODE_ENV: 'test',
  });
  const deps = await openDeps(config);
  await asSystem('profile', () => deps.database.db.command({ profile: 2 }));
  const app = buildApp({ ...deps, trust: { ...deps.trust, verifier: tokens.verifier } });
  return {
    generation,

    async call(who: Who, method: Method, url: string, body?: object, headers = {}): Promise<Answer> {
      const answer = await app.inject({
        method,
        url,
        headers: { ...(await tokens.bearer(who)), ...headers },
        ...(body ? { payload: body } : {}),
      });
      const parsed = answer.body === '' ? undefined : answer.json();
      return { status: answer.statusCode, body: parsed, headers: answer.headers };
    },

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

    async close() {
      await app.close();
      await deps.close();
    },
  };
}
