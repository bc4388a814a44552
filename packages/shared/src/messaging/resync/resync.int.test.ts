// Resyncs on real servers: what was lost with Redis and the oplog is re-emitted, and consumers go on by themselves. The
// oplog here is small, so that the server itself forgets and answers 286.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerHandle, startMongod, startRedis } from '@holdfast/devstack';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { productSnapshot } from '../../contracts/index.ts';
import { asSystem } from '../../persistence/index.ts';
import { connectRedis, type Redis } from '../../redis/index.ts';
import { until } from '../../testing/until.ts';
import { systemClock } from '../../values/index.ts';
import { type FixtureAddress, newAddress, readDeadLetters, testLog } from '../consumer/consumer.fixture.ts';
import { openProjection, openShop, type Shop, thingSnapshots } from './resync.fixture.ts';
import { openResyncStore, type ResyncStore } from './resync.store.ts';
import { type ResyncPorts, resyncIfDue } from './resync.ts';

let folder: string;
let mongod: ServerHandle;
let redisServer: ServerHandle;
let redis: Redis;
let address: FixtureAddress;
let shop: Shop;
let projection: Awaited<ReturnType<typeof openProjection>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-resync-'));
  // It forgets nothing that a restart would need, so it writes its checkpoints every second.
  mongod = await startMongod({ dataDir: join(folder, 'mongodb'), args: ['--oplogSize', '1', '--syncdelay', '1'] });
  redisServer = await startRedis({ kind: 'streams', dataDir: join(folder, 'redis') });
  redis = connectRedis(redisServer.uri, { purpose: 'test' });
});
afterAll(async () => {
  redis.disconnect();
  await Promise.all([mongod.stop(), redisServer.stop()]);
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  address = { ...newAddress(redisServer.uri), mongodbUri: mongod.uri };
  shop = await openShop(address);
  projection = await openProjection(address);
});
afterEach(async () => {
  expect(await readDeadLetters(projection.database)).toEqual([]);
  await Promise.all([shop.close(), projection.close()]);
  await redis.flushall();
});

const equal = () => until(() => projection.equals(shop.things), { what: 'the projection is equal', timeoutMs: 25_000 });
const snapshots = () => projection.count(productSnapshot.type);

/** Writes until the oplog no longer holds what was written before. */
async function forgetOplog(): Promise<void> {
  const { db } = shop.database;
  const oldest = () =>
    shop.database.client.db('local').collection('oplog.rs').find().sort({ $natural: 1 }).limit(1).next();
  const before = (await db.command({ ping: 1 })).operationTime;
  const padding = 'x'.repeat(1_000_000);
  await until(
    async () => {
      await asSystem('test', async () => {
        for (let n = 0; n < 10; n += 1) {
          const ballast = db.collection<{ _id: string }>(`ballast_${shop.generation}`);
          await ballast.replaceOne({ _id: 'x' }, { padding: `${n}${padding}` }, { upsert: true });
        }
      });
      return (await asSystem('test', oldest))!.ts.greaterThan(before);
    },
    { what: 'the oplog has forgotten', timeoutMs: 25_000 },
  );
}

/** Redis is emptied while the relay is down, and the oplog does not reach back to what nobody has published. */
async function loseEverything(count = 5): Promise<void> {
  const lost = await shop.create(count);
  for (const { _id } of lost.slice(0, 2)) await shop.change(_id);
  await forgetOplog();
  await redis.flushall();
}

/** The store of a process that dies with its write number `writes`. */
function dyingStore(writes: number): ResyncStore {
  const store = openResyncStore(shop);
  let left = writes;
  return {
    ...store,
    async reEmit(...args) {
      left -= 1;
      if (left < 0) throw new Error('killed before the write');
      const missed = await store.reEmit(...args);
      if (left === 0) throw new Error('killed after the write');
      return missed;
    },
  };
}

const portsOf = (store: ResyncStore): ResyncPorts => ({
  store,
  takeLease: async () => ({ extend: async () => true, release: async () => {} }),
  clock: systemClock,
  log: testLog,
});
const run = (store: ResyncStore) =>
  resyncIfDue(portsOf(store), [thingSnapshots], { signal: new AbortController().signal, report: () => {} });

describe('Redis emptied and the oplog too short', () => {
  it('is re-emitted, and the consumer goes on by itself; twice in a row', async () => {
    const first = await shop.relay();
    const resync = shop.resync();
    const consumer = await projection.start();
    await shop.create(40);
    await equal();
    await first.stop();
    for (let time = 0; time < 2; time += 1) {
      await loseEverything();
      const relay = await shop.relay();
      await until(() => relay.status().alarm?.kind === 'history-lost', { what: 'the loss is noticed' });
      await equal();
      await until(() => relay.status().alarm === undefined && resync.status().state === 'idle', {
        what: 'all is well',
      });
      expect(consumer.status().alarms).toEqual([]);
      expect((await shop.record()).snapshots!.from).toBe((await shop.record()).completeFrom);
      await relay.stop();
    }
    expect(await snapshots()).toBeGreaterThanOrEqual(40);
    await shop.relay();
    const [later] = await shop.create(1);
    await shop.change(later!._id);
    await equal();
  });

  it('stops the consumer with an alarm until it is re-emitted', async () => {
    const first = await shop.relay();
    const consumer = await projection.start();
    const [known] = await shop.create(1);
    await equal();
    await first.stop();
    await loseEverything();
    await shop.relay();
    await until(() => consumer.status().alarms.some(({ reason }) => reason === 'events_missing'), { what: 'stopped' });
    await shop.change(known!._id);
    expect(await projection.equals(shop.things)).toBe(false);
    shop.resync();
    await equal();
    await until(() => consumer.status().alarms.length === 0, { what: 'no alarm' });
  });
});

describe('a resync', () => {
  it('that is killed is resumed after what it has re-emitted, and repeats nothing but its last batch', async () => {
    await shop.relay();
    await projection.start();
    const count = 450;
    await shop.create(count);
    await equal();
    const store = openResyncStore(shop);
    await store.want();
    await expect(run(dyingStore(3))).rejects.toThrow('killed after the write');
    expect(await store.progress()).toMatchObject({ reEmitted: 200, finishedAt: null });
    await expect(run(dyingStore(0))).rejects.toThrow('killed before the write');
    await run(store);
    expect(await store.progress()).toMatchObject({ reEmitted: count });
    await equal();
    await until(async () => (await snapshots()) === count + 100, { what: 'all re-emitted' });
    // Nothing is due any more.
    await run(store);
    expect(await snapshots()).toBe(count + 100);
  });

  it('run by two at once and twice in a row changes nothing twice', async () => {
    await shop.relay();
    await projection.start();
    await shop.create(150);
    const store = openResyncStore(shop);
    for (let time = 0; time < 2; time += 1) {
      await store.want();
      await Promise.all([run(store), run(openResyncStore(shop))]);
    }
    await equal();
    expect((await shop.record()).snapshots).toBeDefined();
  });

  it('re-emits each document that others change all the while', async () => {
    await shop.relay();
    await projection.start();
    const things = await shop.create(120);
    const store = openResyncStore(shop);
    await store.want();
    let changed = 0;
    let isDone = false;
    const changing = Promise.all(
      things.slice(0, 6).map(async ({ _id }) => {
        while (!isDone) if (await shop.change(_id)) changed += 1;
      }),
    );
    await run(store);
    isDone = true;
    await changing;
    expect(changed).toBeGreaterThan(0);
    await equal();
    const reEmitted = await asSystem('test', () => projection.seen.distinct('_id', { type: productSnapshot.type }));
    expect(reEmitted.length).toBeGreaterThanOrEqual(things.length);
  });

  it('leaves a document alone that changed after it was read, and says which', async () => {
    const [first] = await shop.create(3);
    const store = openResyncStore(shop);
    const read = await store.read(thingSnapshots, '', 10);
    await shop.change(first!._id);
    expect(await store.reEmit(thingSnapshots, read, 1)).toEqual([first!._id]);
    const stored = await asSystem('test', () => shop.things.findOne({ _id: first!._id }));
    expect(stored).toMatchObject({ version: 2, name: 'changed 1' });
    const again = await store.reread(thingSnapshots, [first!._id]);
    expect(await store.reEmit(thingSnapshots, again, 1)).toEqual([]);
  });

  it('begins anew when more is lost before it ends', async () => {
    const relay = await shop.relay();
    await projection.start();
    await shop.create(250);
    await equal();
    const store = openResyncStore(shop);
    await store.want();
    await expect(run(dyingStore(2))).rejects.toThrow('killed');
    expect(await store.progress()).toMatchObject({ reEmitted: 100 });
    await relay.stop();
    await loseEverything();
    const next = await shop.relay();
    await until(() => next.status().alarm?.kind === 'history-lost', { what: 'the loss is noticed' });
    await run(store);
    expect(await store.progress()).toMatchObject({ reEmitted: 255, target: (await shop.record()).completeFrom });
    await equal();
  });
});

describe('a new consumer', () => {
  it('of a stream that no longer holds its beginning has everything re-emitted', async () => {
    await shop.relay();
    shop.resync();
    await shop.create(30);
    // As after trimming: the stream begins later than the first event.
    const key = `{events:catalog:${address.generation}:`;
    await until(async () => (await redis.keys(`${key}*}:position`)).length === 16, {
      what: 'all partitions are there',
    });
    for (let p = 0; p < 16; p += 1) {
      const { at } = (await redis.hgetall(`${key}${p}}:position`)) as { at: string };
      await redis.xtrim(`${key}${p}}`, 'MAXLEN', 0);
      await redis.hset(`${key}${p}}:position`, 'beginsAt', at);
    }
    const consumer = await projection.start();
    await until(() => consumer.status().alarms.length === 16, { what: 'stopped' });
    await equal();
    await until(() => consumer.status().alarms.length === 0, { what: 'no alarm' });
    expect(await snapshots()).toBe(30);
  });
});

describe('a restored database', () => {
  it('gets a new name; its streams are made anew, and consumers follow, with versions above those they have seen', async () => {
    const first = await shop.relay();
    const resync = shop.resync();
    const consumer = await projection.start();
    const things = await shop.create(20);
    const backup = await asSystem('test', () => shop.things.find().toArray());
    for (const { _id } of things) {
      for (let version = 0; version < 3; version += 1) await shop.change(_id);
    }
    await equal();
    await first.stop();
    const { source } = await shop.record();
    await asSystem('purge test', async () => {
      for (const { _id, tenantId, version, name } of backup) {
        await shop.things.updateOne({ _id, tenantId }, { $set: { version, name, events: [] } });
      }
    });
    await resync.renewSource();
    const relay = await shop.relay();
    await until(async () => (await shop.record()).snapshots !== undefined, { what: 'the consumer follows' });
    await equal();
    expect((await shop.record()).source).not.toBe(source);
    await until(() => consumer.status().alarms.length === 0 && relay.status().alarm === undefined, {
      what: 'no alarm',
    });
    await shop.change(things[0]!._id);
    await equal();
  });

  it('under a name that nobody knows stays an alarm', async () => {
    const first = await shop.relay();
    await shop.create(3);
    await until(() => first.status().position !== '', { what: 'published' });
    await first.stop();
    await shop.changeRecord({ source: 'a copy of something else' });
    const second = await shop.relay();
    await until(() => second.status().alarm?.kind === 'wrong-source', { what: 'alarm' });
  });
});

it('one that is stopped while Redis hangs does not wait for it', async () => {
  await shop.relay();
  await redisServer.kill('SIGSTOP');
  try {
    const resync = shop.resync();
    await resync.request();
    await until(() => resync.status().state === 'due', { what: 'it asks for the lease' });
    const fromMs = performance.now();
    await resync.stop();
    expect(performance.now() - fromMs).toBeLessThan(5_000);
  } finally {
    await redisServer.kill('SIGCONT');
  }
});
