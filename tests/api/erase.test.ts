// A person with a canary in everything that a client can send, erased: afterwards no database holds it, and streams,
// the public log and the logs of the services never did.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectRedis } from '@holdfast/shared/redis';
import { until } from '@holdfast/shared/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Business, password } from '../e2e/business.ts';
import { documentsOf } from './documents.ts';
import { testPlatform } from './places.ts';

const canary = `canary${randomUUID().slice(0, 8)}`;
const redis = connectRedis(testPlatform().urls['redis-streams']!, { purpose: 'tests' });
let business: Business;
beforeAll(async () => {
  business = await Business.signUp();
});
afterAll(() => redis.disconnect());

/** Where a text is in the databases: `orders.orders`. The oplog forgets by age, and is not read. */
async function placesInDatabases(text: string): Promise<string[]> {
  const documents = await documentsOf(business.tenantId);
  const hasText = (found: unknown[]) => JSON.stringify(found).toLowerCase().includes(text);
  return Object.keys(documents)
    .filter((place) => hasText(documents[place]!))
    .sort();
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
  const folder = join(testPlatform().dataDir, 'logs');
  const files = readdirSync(folder);
  expect(files.length).toBeGreaterThan(5);
  return files.filter((file) => readFileSync(join(folder, file), 'utf8').toLowerCase().includes(text));
}

/** An order of the person that has left, and of which a part is to come back, with their words in all of it. */
async function sendBack({ variantId, token }: { variantId: string; token: string }): Promise<void> {
  const call = async (path: string, body?: unknown, by = business.owner.token) => {
    const options = { key: randomUUID(), token: by, ...(body === undefined ? {} : { body }) };
    const answer = await business.call<{ id: string }>('POST', path, options);
    expect([200, 201], answer.text).toContain(answer.status);
    return answer.body.id;
  };
  const lines = [{ variantId, quantity: 1 }];
  const order = `/v1/orders/${await call('/v1/orders', { lines }, token)}`;
  await call(`${order}/fulfilments`, { trackingNumber: canary });
  await call(`${order}/deliver`);
  const returned = await call(`${order}/returns`, { lines: [{ ...lines[0], reason: `${canary} is taller` }] }, token);
  await call(`/v1/returns/${returned}/decline`, { reason: `${canary} wore it` });
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
  await sendBack({ variantId, token });
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
