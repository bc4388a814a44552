// Clients and leases on a real Redis: what fails, fails at once; a lease has one holder until it ends.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startRedis } from '@holdfast/devstack';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testServers } from '../testing/installation.ts';
import { until } from '../testing/until.ts';
import { connectRedis, type Redis } from './connect.ts';
import { assertDurable, field, refuseUndurable } from './durable.ts';
import { acquireLease } from './leases.ts';

const { redisUrl: streamsUrl, redisCacheUrl: cacheUrl } = testServers();
let redis: Redis;
let key: string;
beforeEach(() => {
  redis = connectRedis(streamsUrl, { purpose: 'test' });
  key = `lease:g-${randomUUID()}:test:0`;
});
afterEach(() => redis.disconnect());

test('the streams server is durable, the cache is refused', async () => {
  await assertDurable(redis);
  const cache = connectRedis(cacheUrl, { purpose: 'test' });
  await expect(assertDurable(cache)).rejects.toThrow(/noeviction/);
  cache.disconnect();
});

test('a boot refuses a server that may evict, and goes on while there is none', async () => {
  const warnings: string[] = [];
  const log = { warn: (_fields: object, message: string) => void warnings.push(message) };
  await refuseUndurable(streamsUrl, log);
  expect(warnings).toEqual([]);
  await expect(refuseUndurable(cacheUrl, log)).rejects.toThrow(/noeviction/);
  await refuseUndurable('redis://127.0.0.1:9', log);
  expect(warnings).toHaveLength(1);
});

test('a field of INFO', () => {
  expect(field('# Memory\r\nmaxmemory:10\r\nmaxmemory_policy:noeviction\r\n', 'maxmemory_policy')).toBe('noeviction');
  expect(field('maxmemory:10\r\n', 'other')).toBeUndefined();
});

test('a lease has one holder; released, it is free at once', async () => {
  const first = await acquireLease(redis, key, 5_000);
  expect(first?.key).toBe(key);
  expect(await acquireLease(redis, key, 5_000)).toBeUndefined();
  expect(await first!.extend()).toBe(true);
  await first!.release();
  const second = await acquireLease(redis, key, 5_000);
  expect(second).toBeDefined();
  expect(await first!.extend()).toBe(false);
  expect(await second!.extend()).toBe(true);
});

test('a lease that is not renewed ends, and a late extend does not take it back', async () => {
  const first = (await acquireLease(redis, key, 60))!;
  const second = await until(() => acquireLease(redis, key, 5_000), { what: 'the lease is free', timeoutMs: 2_000 });
  expect(await first.extend()).toBe(false);
  await first.release();
  expect(await second.extend()).toBe(true);
});

test('without Redis there is no lease, and no exception', async () => {
  const away = connectRedis('redis://127.0.0.1:1', { purpose: 'test' });
  expect(await acquireLease(away, key, 1_000)).toBeUndefined();
  away.disconnect();
});

test('a client that is closed fails what is under way soon, also where the server never answers', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer({ allowHalfOpen: true }, (socket) => void sockets.add(socket.resume()));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const client = connectRedis(`redis://127.0.0.1:${port}`, { purpose: 'silent' });
  const answer = client.ping();
  await until(() => sockets.size > 0, { what: 'it is connected' });
  const fromMs = performance.now();
  client.disconnect();
  await expect(answer).rejects.toThrow(/closed/i);
  expect(performance.now() - fromMs).toBeLessThan(1_500);
  for (const socket of sockets) socket.destroy();
  silent.close();
});

test('a client that must not retry never comes back; a lasting one does', async () => {
  const once = connectRedis(streamsUrl, { purpose: 'once', retry: 'never' });
  await once.connect();
  const lasting = connectRedis(streamsUrl, { purpose: 'lasting' });
  await lasting.ping();
  for (const client of [once, lasting]) await redis.client('KILL', 'ID', await client.client('ID'));
  await expect(once.ping()).rejects.toThrow();
  await expect(once.ping()).rejects.toThrow();
  await until(async () => (await lasting.ping()) === 'PONG', { what: 'Redis answers' });
  lasting.disconnect();
});

test('a client is there at once when a server has loaded its file, whenever it came', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-redis-'));
  const server = await startRedis({
    kind: 'streams',
    dataDir: join(folder, 'redis'),
    args: ['--key-load-delay', '50'],
  });
  try {
    const writer = connectRedis(server.uri, { purpose: 'writer' });
    // Loads for about half a second: Redis itself guesses a whole one, or more, for those who ask in the first half of
    // it.
    const pipeline = writer.pipeline();
    for (let n = 0; n < 4_000; n += 1) pipeline.set(`key-${n}`, n);
    await pipeline.exec();
    writer.disconnect();
    await server.kill();
    let loadedAt = 0;
    const loading = server.restart().then(() => {
      loadedAt = performance.now();
    });
    const waits: Promise<number>[] = [];
    while (loadedAt === 0) {
      waits.push(timeWhenReady(server.uri));
      await Promise.race([loading, delay(20)]);
    }
    expect(waits.length).toBeGreaterThan(5);
    expect(Math.max(...(await Promise.all(waits))) - loadedAt).toBeLessThan(400);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** When a new client was ready, on the clock of `performance.now()`. */
async function timeWhenReady(url: string): Promise<number> {
  const client = connectRedis(url, { purpose: 'waiting' });
  await new Promise((resolve) => client.once('ready', resolve));
  client.disconnect();
  return performance.now();
}
