// The whole road on real servers: a document with its event, the relay, the stream, a consumer; also while Redis is
// emptied.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerHandle, startRedis } from '@holdfast/devstack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asSystem, asTenant, type Database, openDatabase, storeEvents } from '../../persistence/index.ts';
import { connectRedis } from '../../redis/index.ts';
import { until } from '../../testing/until.ts';
import { messagingCollections } from '../collections.ts';
import { startRelay } from '../relay/relay.ts';
import {
  countApplied,
  newAddress,
  placedOrder,
  readTallies,
  startFixtureConsumer,
  testLog,
} from './consumer.fixture.ts';

let folder: string;
let redis: ServerHandle;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-road-'));
  redis = await startRedis({ kind: 'streams', dataDir: join(folder, 'redis') });
});

afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

async function place(database: Database, count: number): Promise<string[]> {
  const events = Array.from({ length: count }, (_, n) => placedOrder(`tenant-${n % 30}`));
  for (const event of events) {
    const document = { _id: event.subject, tenantId: event.tenantid, events: storeEvents([event]) };
    await asTenant(event.tenantid, () => database.db.collection<typeof document>('orders').insertOne(document));
  }
  return events.map((event) => event.id);
}

describe('relay and consumer', () => {
  it('apply every event once, over two emptyings of Redis in a row', async () => {
    const address = newAddress(redis.uri);
    const { mongodbUri: uri, databaseName: name, redisUrl, generation } = address;
    const database = await openDatabase({ uri, name, evented: ['orders'], global: [...messagingCollections.global] });
    await asSystem('fixture', async () => {
      for (const collection of ['orders', 'tallies']) await database.db.createCollection(collection);
    });
    const relay = await startRelay({
      database,
      redisUrl,
      generation,
      domain: 'orders',
      log: testLog,
      consumers: ['fixture'],
    });
    const consumer = await startFixtureConsumer(address, database);
    const ids = await place(database, 40);
    await until(async () => (await countApplied(database)) >= ids.length, { what: 'applied' });
    const client = connectRedis(redisUrl, { purpose: 'test-flush' });
    for (let round = 0; round < 2; round += 1) {
      const placing = place(database, 40);
      await client.flushall();
      ids.push(...(await placing));
      await until(async () => (await countApplied(database)) >= ids.length, { what: 'applied' });
    }
    client.disconnect();
    const applied = (await readTallies(database)).flatMap((tally) => tally.order);
    expect(applied.sort()).toEqual([...ids].sort());
    expect(consumer.status().alarms).toEqual([]);
    await consumer.stop();
    await relay.stop();
    await database.close();
  });
});
