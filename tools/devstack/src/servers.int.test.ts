// MongoDB and both kinds of Redis as tests get them: settings, restarts, data that stays.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { afterAll, describe, expect, test } from 'vitest';
import { freePort, startMongod, startRedis } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-servers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function withMongo<T>(uri: string, work: (client: mongoose.mongo.MongoClient) => Promise<T>): Promise<T> {
  const client = new mongoose.mongo.MongoClient(uri);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function withRedis<T>(uri: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(uri);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

describe('the servers of a run', () => {
  test('are in the environment of the tests', async () => {
    const { HOLDFAST_TEST_MONGODB_URI, HOLDFAST_TEST_REDIS_URL, HOLDFAST_TEST_REDIS_CACHE_URL } = process.env;
    const hello = await withMongo(HOLDFAST_TEST_MONGODB_URI!, (client) => client.db('admin').command({ hello: 1 }));
    expect(hello.isWritablePrimary).toBe(true);
    expect(await withRedis(HOLDFAST_TEST_REDIS_URL!, (redis) => redis.ping())).toBe('PONG');
    expect(await withRedis(HOLDFAST_TEST_REDIS_CACHE_URL!, (redis) => redis.ping())).toBe('PONG');
  });
});

describe('mongod', () => {
  test('keeps acknowledged data through SIGKILL, and through a start on another port', async () => {
    const dataDir = join(folder, 'mongodb');
    const first = await startMongod({ dataDir });
    const written = await withMongo(first.uri, (client) =>
      client
        .db('kept')
        .collection('things')
        .insertOne({ name: 'one' }, { writeConcern: { w: 'majority', j: true } }),
    );
    const pidBefore = first.pid;
    await first.kill('SIGKILL');
    await first.restart();
    expect(first.pid).not.toBe(pidBefore);
    await withMongo(first.uri, (client) => client.db('kept').collection('things').insertOne({ name: 'two' }));
    await first.stop();

    const second = await startMongod({ dataDir, port: await freePort() });
    expect(second.port).not.toBe(first.port);
    const names = await withMongo(second.uri, (client) => client.db('kept').collection('things').distinct('name'));
    await second.stop();
    expect(written.acknowledged).toBe(true);
    expect(names).toEqual(['one', 'two']);
  });

  test('bounds the life of a transaction, and runs transactions', async () => {
    const server = await startMongod({ dataDir: join(folder, 'mongodb-bounded') });
    const { limit, count } = await withMongo(server.uri, async (client) => {
      const answer = await client.db('admin').command({ getParameter: 1, transactionLifetimeLimitSeconds: 1 });
      const things = client.db('tx').collection('things');
      await client.withSession((session) =>
        session.withTransaction(async () => {
          await things.insertOne({ name: 'a' }, { session });
          await things.insertOne({ name: 'b' }, { session });
        }),
      );
      return { limit: answer.transactionLifetimeLimitSeconds, count: await things.countDocuments() };
    });
    await server.stop();
    expect(limit).toBe(5);
    expect(count).toBe(2);
  });

  test('takes further arguments', async () => {
    const server = await startMongod({ dataDir: join(folder, 'mongodb-oplog'), args: ['--oplogSize', '16'] });
    const stats = await withMongo(server.uri, (client) =>
      client.db('local').command({ collStats: 'oplog.rs', scale: 1 << 20 }),
    );
    await server.stop();
    expect(stats.maxSize).toBe(16);
  });
});

describe('redis', () => {
  test('streams refuses writes when full and comes back with its data', async () => {
    const server = await startRedis({ kind: 'streams', dataDir: join(folder, 'redis-streams') });
    const config = await withRedis(server.uri, async (redis) => {
      await redis.set('kept', 'yes');
      return [
        ...((await redis.config('GET', 'maxmemory-policy')) as string[]),
        ...((await redis.config('GET', 'appendonly')) as string[]),
        ...((await redis.config('GET', 'appendfsync')) as string[]),
      ];
    });
    await server.restart();
    const kept = await withRedis(server.uri, (redis) => redis.get('kept'));
    await server.stop();
    expect(config).toEqual(['maxmemory-policy', 'noeviction', 'appendonly', 'yes', 'appendfsync', 'everysec']);
    expect(kept).toBe('yes');
  });

  test('cache evicts the least recently used and keeps nothing on disk', async () => {
    const server = await startRedis({ kind: 'cache', dataDir: join(folder, 'redis-cache') });
    const config = await withRedis(server.uri, async (redis) => {
      await redis.set('forgotten', 'soon');
      return [
        ...((await redis.config('GET', 'maxmemory-policy')) as string[]),
        ...((await redis.config('GET', 'appendonly')) as string[]),
        ...((await redis.config('GET', 'save')) as string[]),
        Number(((await redis.config('GET', 'maxmemory')) as string[])[1]) > 0,
      ];
    });
    await server.restart();
    const forgotten = await withRedis(server.uri, (redis) => redis.get('forgotten'));
    await server.stop();
    expect(config).toEqual(['maxmemory-policy', 'allkeys-lru', 'appendonly', 'no', 'save', '', true]);
    expect(forgotten).toBeNull();
  });
});
