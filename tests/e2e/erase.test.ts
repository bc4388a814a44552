// A person with a canary in everything that a client can send, erased: afterwards no database holds it, and streams,
// the public log and the logs of the services never did.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectRedis } from '@holdfast/shared/redis';
import { until } from '@holdfast/shared/testing';
import { mongo } from 'mongoose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Business, password } from './business.ts';

const canary = `canary${randomUUID().slice(0, 8)}`;
const client = new mongo.MongoClient(setting('MONGODB_URI'));
const redis = connectRedis(setting('REDIS_URL'), { purpose: 'tests' });
let business: Business;
beforeAll(async () => {
  business = await Business.signUp();
});
afterAll(async () => {
  redis.disconnect();
  await client.close();
});

function setting(name: string): string {
  const value = process.env[`HOLDFAST_TEST_PLATFORM_${name}`];
  if (!value) throw new Error(`${name} of the platform is not set: run this through \`npm test -- e2e\``);
  return value;
}

/** Where a text is in the databases: `orders.orders`. */
async function placesInDatabases(text: string): Promise<string[]> {
  const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
  const places: string[] = [];
  // The oplog and the like forget by age.
  for (const { name } of databases.filter((one) => !['local', 'admin', 'config'].includes(one.name))) {
    for (const { name: collection } of await client.db(name).listCollections({}, { nameOnly: true }).toArray()) {
      for await (const document of client.db(name).collection(collection).find()) {
        if (JSON.stringify(document).toLowerCase().includes(text)) places.push(`${name}.${collection}`);
      }
    }
  }
  return [...new Set(places)].sort();
}

/** How many entries of streams there are, and those with the text. */
async function entriesWith(text: string): Promise<{ count: number; found: string[] }> {
  const found: string[] = [];
  let count = 0;
  for await (const keys of redis.scanStream({ type: 'stream' })) {
    for (const key of keys as string[]) {
      const entries = await redis.xrange(key, '-', '+');
      count += entries.length;
      if (JSON.stringify(entries).toLowerCase().includes(text)) found.push(key);
    }
  }
  return { count, found };
}

function logsWith(text: string): string[] {
  const folder = join(setting('DATA_DIR'), 'logs');
  const files = readdirSync(folder);
  expect(files.length).toBeGreaterThan(5);
  return files.filter((file) => readFileSync(join(folder, file), 'utf8').toLowerCase().includes(text));
}

it('nothing of an erased person is left, in no service', async () => {
  const email = `${canary}@customer.example`;
  const body = { tenant: business.slug, name: `Nils ${canary}`, email, password };
  const headers = { 'user-agent': `Phone of ${canary}` };
  type SignIn = { accessToken: string; refreshToken: string; user: { id: string } };
  const registered = await business.call<SignIn>('POST', '/v1/auth/register', { body, headers });
  const { accessToken: token, user } = registered.body;
  await business.call('POST', '/v1/auth/login', { body: { tenant: business.slug, email, password }, headers });
  const variantId = await business.stockVariant(10);
  const personal = {
    shippingAddress: { name: canary, line1: `${canary} street 1`, city: canary, country: 'NO', phone: canary },
    note: `for ${canary}`,
    metadata: { [canary]: canary },
  };
  const lines = [{ variantId, quantity: 1 }];
  const order = await business.call<{ id: string }>('POST', '/v1/orders', {
    token,
    key: randomUUID(),
    body: { lines, ...personal },
  });
  expect(order.status).toBe(201);
  const reason = `${canary} has moved`;
  await business.call('POST', `/v1/orders/${order.body.id}/cancel`, { token, body: { reason } });
  expect(await placesInDatabases(canary)).toEqual(['auth.sessions', 'auth.users', 'orders.orders']);

  expect((await business.call('POST', `/v1/users/${user.id}/erase`)).status).toBe(202);
  await until(async () => (await placesInDatabases(canary)).length === 0, {
    what: 'every database has forgotten',
    timeoutMs: 30_000,
  });
  const kept = await business.call('GET', `/v1/orders/${order.body.id}`);
  expect(kept).toMatchObject({
    status: 200,
    body: { status: 'CANCELLED', customerId: user.id, cancelReason: 'erased' },
  });
  expect(kept.text).not.toContain(canary);
  const streams = await entriesWith(canary);
  expect(streams.count).toBeGreaterThan(5);
  expect(streams.found).toEqual([]);
  expect(logsWith(canary)).toEqual([]);
});
