// Consumers and tails while their Redis restarts, loses everything, or is not there yet.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, type ServerHandle, startMongod, startRedis } from '@holdfast/devstack';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DomainEvent } from '../../contracts/index.ts';
import type { Database } from '../../persistence/index.ts';
import { connectRedis } from '../../redis/index.ts';
import { until } from '../../testing/until.ts';
import { tailStreams } from '../streams/tail.ts';
import {
  countApplied,
  type FixtureAddress,
  newAddress,
  openFixtureDatabase,
  openStreamWriter,
  placedOrder,
  readDeadLetters,
  type StreamWriter,
  startFixtureConsumer,
  tenantsOf,
  testLog,
} from './consumer.fixture.ts';

let folder: string;
let redis: ServerHandle;
let address: FixtureAddress;
let database: Database;
let writer: StreamWriter;

const tenants = [tenantsOf(3, 1)[0]!, tenantsOf(4, 1)[0]!];
const orders = () => tenants.map((tenantId) => placedOrder(tenantId));
const startServer = (port?: number) =>
  startRedis({ kind: 'streams', dataDir: join(folder, 'redis'), ...(port === undefined ? {} : { port }) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-outage-'));
  redis = await startServer();
});

afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  address = newAddress(redis.uri);
  database = await openFixtureDatabase(address);
  writer = openStreamWriter(address);
  await writer.open(['orders']);
});

afterEach(async () => {
  writer.close();
  await database.close();
});

async function flush(): Promise<void> {
  const client = connectRedis(redis.uri, { purpose: 'test-flush' });
  await client.flushall();
  client.disconnect();
}

describe('a consumer', () => {
  it('goes on after its Redis was killed and restarted', async () => {
    const consumer = await startFixtureConsumer(address, database);
    await writer.publish('orders', orders());
    await until(async () => (await countApplied(database)) === 2, { what: 'applied' });
    await redis.kill();
    await redis.restart();
    await until(() => writer.isConnected(), { what: 'connected' });
    await writer.publish('orders', orders());
    await until(async () => (await countApplied(database)) >= 4, { what: 'applied' });
    expect(await countApplied(database)).toBe(4);
    await consumer.stop();
    expect(consumer.status().alarms).toEqual([]);
  });

  it('goes on after its Redis was emptied, without applying again what is published again', async () => {
    const consumer = await startFixtureConsumer(address, database);
    const events = orders();
    const ids = await writer.publish('orders', events);
    await until(async () => (await countApplied(database)) === 2, { what: 'applied' });
    await flush();
    await writer.open(['orders']);
    await writer.appendAt('orders', 3, ids[0]!, JSON.stringify(events[0]));
    await writer.appendAt('orders', 4, ids[1]!, JSON.stringify(events[1]));
    await writer.publish('orders', orders());
    await until(async () => (await countApplied(database)) >= 4, { what: 'applied' });
    await until(async () => Boolean((await writer.cursors('orders', 3)).fixture), { what: 'published again' });
    expect(await countApplied(database)).toBe(4);
    expect(consumer.status().alarms).toEqual([]);
    await consumer.stop();
  });

  it('starts without Redis and takes up its work when it comes', async () => {
    const port = await freePort();
    const late = { ...address, redisUrl: `redis://127.0.0.1:${port}` };
    const consumer = await startFixtureConsumer(late, database);
    expect(consumer.status().owned).toEqual([]);
    const server = await startRedis({ kind: 'streams', dataDir: join(folder, 'late'), port });
    const lateWriter = openStreamWriter(late);
    await lateWriter.open(['orders']);
    await lateWriter.publish('orders', orders());
    await until(async () => (await countApplied(database)) === 2, { what: 'applied' });
    await consumer.stop();
    lateWriter.close();
    await server.stop();
  });
});

describe('a consumer whose MongoDB is killed in mid-work', () => {
  it('goes on when it is back, and applies each event once', async () => {
    const mongod = await startMongod({ dataDir: join(folder, 'mongodb') });
    const own = { ...address, mongodbUri: mongod.uri };
    const ownDatabase = await openFixtureDatabase(own);
    const consumer = await startFixtureConsumer(own, ownDatabase);
    let sent = 0;
    const send = async () => {
      for (let n = 0; n < 50; n += 1) sent += (await writer.publish('orders', orders())).length;
    };
    await send();
    await until(async () => (await countApplied(ownDatabase)) > 0, { what: 'some of it is applied' });
    const sending = send();
    await mongod.kill();
    await mongod.restart();
    await sending;
    await until(async () => (await countApplied(ownDatabase).catch(() => 0)) >= sent, {
      what: 'all is applied',
      timeoutMs: 25_000,
    });
    expect(await countApplied(ownDatabase)).toBe(sent);
    expect(await readDeadLetters(ownDatabase)).toEqual([]);
    await consumer.stop();
    await ownDatabase.close();
    await mongod.stop();
  }, 60_000);
});

describe('a tail', () => {
  it('delivers what comes after its start, once and in order, also over a restart of Redis', async () => {
    await writer.publish('orders', orders());
    const seen: { event: DomainEvent; partition: number }[] = [];
    const tail = await tailStreams({
      redisUrl: address.redisUrl,
      generation: address.generation,
      stream: 'orders',
      log: testLog,
      onEntry: (event, { partition }) => {
        seen.push({ event, partition });
        if (seen.length === 1) throw new Error('a listener that fails');
      },
    });
    const [before, after] = [orders(), orders()];
    await writer.publish('orders', before);
    await until(() => seen.length === 2, { what: 'seen' });
    await redis.kill();
    await redis.restart();
    await until(() => writer.isConnected(), { what: 'connected' });
    await writer.publish('orders', after);
    await until(() => seen.length >= 4, { what: 'seen' });
    await tail.stop();
    const idsOf = (events: DomainEvent[], partition: number) =>
      events.filter((event) => event.tenantid === tenants[partition - 3]).map((event) => event.id);
    for (const partition of [3, 4]) {
      const delivered = seen.filter((one) => one.partition === partition).map((one) => one.event.id);
      expect(delivered).toEqual(idsOf([...before, ...after], partition));
    }
  });
});
