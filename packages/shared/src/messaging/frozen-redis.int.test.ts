// A Redis that hangs with all of its connections open: nothing fails for a long time, and still nobody may report that
// all is well.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerHandle, startRedis } from '@holdfast/devstack';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { asSystem, asTenant, type Database, openDatabase, storeEvents } from '../persistence/index.ts';
import { consumerCheck, relayCheck, tailCheck } from '../service/standard-checks.ts';
import { messagingCollections } from './collections.ts';
import type { ServiceConsumer } from './consumer/consumer.ts';
import {
  countApplied,
  type FixtureAddress,
  newAddress,
  placedOrder,
  startFixtureConsumer,
  testLog,
  until,
} from './consumer/fixture.ts';
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
  await until('applied', async () => (await countApplied(database)) === 1);
  const idleFromMs = performance.now();
  await until('idle for 3 s', async () => {
    expect(lags()).toEqual([0, 0, 0]);
    expect(await areOk()).toEqual([true, true, true]);
    return performance.now() > idleFromMs + 3_000;
  });

  await redis.kill('SIGSTOP');
  await until('degraded', async () => (await areOk()).every((ok) => !ok), 5_000);
  await place();
  const before = lags();
  await until('growing', () => lags().every((lagMs, n) => lagMs > before[n]! + 1_000));

  await redis.kill('SIGCONT');
  await until('ok', async () => (await areOk()).every(Boolean), 5_000);
  await until('applied', async () => (await countApplied(database)) === 2, 5_000);
  await until('caught up', () => lags().every((lagMs) => lagMs === 0), 5_000);
});
