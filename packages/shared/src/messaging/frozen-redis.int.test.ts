// A Redis that hangs with all of its connections open: nothing fails for a long time, and still nobody may report that
// all is well.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerHandle, startRedis } from '@holdfast/devstack';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { asSystem, asTenant, type Database, openDatabase, storeEvents } from '../persistence/index.ts';
import { connectRedis, streamKey } from '../redis/index.ts';
import { consumerCheck, relayCheck, tailCheck } from '../service/standard-checks.ts';
import { until } from '../testing/until.ts';
import { partitionCount } from '../values/index.ts';
import { messagingCollections } from './collections.ts';
import {
  countApplied,
  type FixtureAddress,
  newAddress,
  placedOrder,
  startFixtureConsumer,
  testLog,
} from './consumer/consumer.fixture.ts';
import type { ServiceConsumer } from './consumer/consumer.ts';
import { startRelay } from './relay/relay.ts';
import type { Relay } from './relay/run-relay.ts';
import { type Tail, tailStreams } from './streams/tail.ts';

let folder: string;
let redis: ServerHandle;
let address: FixtureAddress;
let database: Database;
let relay: Relay;
let consumer: ServiceConsumer;
let tail: Tail;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-frozen-'));
  redis = await startRedis({ kind: 'streams', dataDir: join(folder, 'redis') });
});

afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  address = newAddress(redis.uri);
  const { mongodbUri: uri, databaseName: name, redisUrl, generation } = address;
  database = await openDatabase({ uri, name, evented: ['orders'], global: [...messagingCollections.global] });
  await asSystem('fixture', async () => {
    for (const collection of ['orders', 'tallies']) await database.db.createCollection(collection);
  });
  const streams = { redisUrl, generation, log: testLog };
  relay = await startRelay({ ...streams, database, domain: 'orders', consumers: ['fixture'] });
  consumer = await startFixtureConsumer(address, database);
  tail = await tailStreams({ ...streams, stream: 'orders', onEntry: () => {} });
});

afterEach(async () => {
  await redis.kill('SIGCONT');
  await Promise.all([relay.stop(), consumer.stop(), tail.stop()]);
  await database.close();
});

async function place(): Promise<void> {
  const event = placedOrder('tenant-1');
  const document = { _id: event.subject, tenantId: event.tenantid, events: storeEvents([event]) };
  await asTenant(event.tenantid, () => database.db.collection<typeof document>('orders').insertOne(document));
}

const lags = () => [relay.status().lagMs, consumer.status().lagMs, tail.status().lagMs];
const checks = () => [relayCheck(relay), consumerCheck(consumer), tailCheck(() => tail)];
const areOk = async () => Promise.all(checks().map(async ({ check }) => (await check()).ok));

it('shows as lag and degrades the checks within 5 s, and is over when Redis goes on', async () => {
  await place();
  await until(async () => (await countApplied(database)) === 1, { what: 'applied' });
  const idleFromMs = performance.now();
  const seen = new Set<string>();
  const isOver = async () => {
    seen.add(String([...lags(), ...(await areOk())]));
    return performance.now() > idleFromMs + 3_000;
  };
  await until(isOver, { what: 'it was idle for 3 s' });
  expect([...seen]).toEqual(['0,0,0,true,true,true']);

  await redis.kill('SIGSTOP');
  await until(async () => (await areOk()).every((ok) => !ok), { what: 'degraded', timeoutMs: 5_000 });
  await place();
  const before = lags();
  await until(() => lags().every((lagMs, n) => lagMs > before[n]! + 1_000), { what: 'growing' });

  await redis.kill('SIGCONT');
  await until(async () => (await areOk()).every(Boolean), { what: 'ok', timeoutMs: 5_000 });
  await until(async () => (await countApplied(database)) === 2, { what: 'applied', timeoutMs: 5_000 });
  await until(() => lags().every((lagMs) => lagMs === 0), { what: 'caught up', timeoutMs: 5_000 });
});

it('a relay that stops meanwhile abandons what it was about, and the next one publishes it once', async () => {
  await place();
  await until(async () => (await countApplied(database)) === 1, { what: 'applied' });
  await redis.kill('SIGSTOP');
  await place();
  await until(() => relay.status().lagMs > 0, { what: 'an append is under way' });
  const fromMs = performance.now();
  await relay.stop();
  expect(performance.now() - fromMs).toBeLessThan(5_000);

  const { redisUrl, generation } = address;
  await redis.kill('SIGCONT');
  relay = await startRelay({ redisUrl, generation, log: testLog, database, domain: 'orders', consumers: ['fixture'] });
  await place();
  await until(async () => (await countApplied(database)) === 3, { what: 'applied' });
  const streams = connectRedis(redisUrl, { purpose: 'test' });
  const keys = Array.from({ length: partitionCount }, (_, n) => streamKey(generation, 'orders', n));
  const lengths = await Promise.all(keys.map((key) => streams.xlen(key)));
  streams.disconnect();
  expect(lengths.reduce((sum, length) => sum + length)).toBe(3);
});
