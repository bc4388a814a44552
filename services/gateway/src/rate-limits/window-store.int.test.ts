// Windows in a real Redis, and what happens when it goes down.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@holdfast/devstack';
import { connectRedis, rateKey } from '@holdfast/shared/redis';
import { testServers } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { afterEach, describe, expect, it } from 'vitest';
import { createWindowStore, localWindows } from './window-store.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});
const budget = { name: 'test', quota: 3, windowSeconds: 30 };
const key = () => rateKey('test', newId('req'));

function storeAt(url: string) {
  const redis = connectRedis(url, { purpose: 'test' });
  open.push(() => redis.disconnect());
  const failures: unknown[] = [];
  return { redis, failures, store: createWindowStore(redis, (error) => failures.push(error)) };
}

describe('windows in Redis', () => {
  const { redisCacheUrl: url } = testServers();

  it('are shared by all processes, count past the quota, and end', async () => {
    const [one, two] = [storeAt(url), storeAt(url)];
    await Promise.all([one.redis.ping(), two.redis.ping()]);
    const shared = key();
    const counts: number[] = [];
    for (let n = 0; n < 5; n++) counts.push((await (n % 2 ? one : two).store.count(shared, budget)).count);
    expect(counts).toEqual([1, 2, 3, 4, 5]);
    expect((await one.store.count(shared, budget)).leftMs).toBeLessThanOrEqual(30_000);
    expect(await one.redis.pttl(shared)).toBeGreaterThan(0);
    expect([one.failures, two.failures]).toEqual([[], []]);
  });

  it('count one less when one is given back', async () => {
    const { redis, store, failures } = storeAt(url);
    await redis.ping();
    const shared = key();
    await store.count(shared, budget);
    await store.count(shared, budget);
    await store.giveBack(shared, budget);
    expect([(await store.count(shared, budget)).count, failures]).toEqual([2, []]);
    expect(await redis.pttl(shared)).toBeGreaterThan(0);
  });

  it('become those of this process while Redis is down, without delay, and are shared again when it is back', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-limits-'));
    open.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const server = await startRedis({ kind: 'cache', dataDir, log: () => {} });
    open.push(() => server.stop());
    const { redis, store, failures } = storeAt(server.uri);
    await redis.ping();
    const subject = key();
    expect((await store.count(subject, budget)).count).toBe(1);
    await server.kill('SIGSTOP');
    const began = performance.now();
    expect((await store.count(subject, budget)).count).toBe(1);
    expect((await store.count(subject, budget)).count).toBe(2);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect([failures.length, store.isDown()]).toEqual([1, true]);
    await server.kill('SIGCONT');
    await expect
      .poll(async () => (await store.count(subject, budget)).count > 2 && !store.isDown(), { timeout: 10_000 })
      .toBe(true);
  });
});

describe('windows of one process', () => {
  it('are bounded, and end', async () => {
    let nowMs = 0;
    const store = localWindows(() => nowMs, 2);
    expect((await store.count('a', budget)).count).toBe(1);
    expect((await store.count('a', budget)).count).toBe(2);
    nowMs = 30_000;
    expect((await store.count('a', budget)).count).toBe(1);
    await store.giveBack('a', budget);
    await store.giveBack('a', budget);
    await store.giveBack('none', budget);
    expect((await store.count('a', budget)).count).toBe(1);
    await store.count('b', budget);
    await store.count('c', budget);
    expect(store.size()).toBe(2);
  });
});
