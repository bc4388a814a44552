// The cache Redis: what every store does, and what only a real server can show.
import { afterAll, describe, expect, it } from 'vitest';
import { cacheKey, connectRedis } from '../redis/index.ts';
import { testServers } from '../testing/index.ts';
import { newId } from '../values/index.ts';
import { redisCacheStore } from './cache-store.ts';
import { markLifeMs, stampLifeMs } from './limits.ts';
import { describeStore } from './store-conformance.fixture.ts';

let opened: ReturnType<typeof connectRedis> | undefined;
const redisOf = () => (opened ??= connectRedis(testServers().redisCacheUrl, { purpose: 'test-cache', together: true }));
afterAll(() => opened?.disconnect());

describeStore('the cache Redis', () => ({ store: redisCacheStore(redisOf()) }));

describe('the keys', () => {
  it('are of their tenant, and none stays for ever', async () => {
    const [redis, tenant] = [redisOf(), newId('ten')];
    const store = redisCacheStore(redis);
    await store.read(tenant, ['all', 'list']);
    await store.mark(tenant, ['prd_1', 'list'], 'w1');
    await store.keep(tenant, 'page', Buffer.from('x'), 5_000);
    const keys = await redis.keys(`*${tenant}*`);
    expect(keys.sort()).toEqual(
      [
        cacheKey(tenant, 'answer', 'page'),
        ...['all', 'list', 'prd_1'].map((tag) => cacheKey(tenant, 'stamp', tag)),
      ].sort(),
    );
    const lives = Object.fromEntries(await Promise.all(keys.map(async (key) => [key, await redis.pttl(key)])));
    for (const tag of ['list', 'prd_1']) {
      const lifeMs = lives[cacheKey(tenant, 'stamp', tag)];
      expect([lifeMs > 0, lifeMs <= markLifeMs]).toEqual([true, true]);
    }
    expect(lives[cacheKey(tenant, 'stamp', 'all')]).toBeGreaterThan(stampLifeMs - 60_000);
  });

  it('an evicted stamp comes back as another one', async () => {
    const [redis, tenant] = [redisOf(), newId('ten')];
    const store = redisCacheStore(redis);
    const { stamps } = await store.read(tenant, ['a']);
    await redis.del(cacheKey(tenant, 'stamp', 'a'));
    expect((await store.read(tenant, ['a'])).stamps).not.toEqual(stamps);
  });
});
