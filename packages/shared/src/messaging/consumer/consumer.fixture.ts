// Support for tests of the consuming side: a relay's worth of stream writing, a handler whose effects count themselves,
// and conditions to wait for. Invariant: everything has its own database and generation, so tests do not meet.

import { type DomainEvent, makeEvent, orderPlaced, tenantCreated } from '../../contracts/index.ts';
import { asSystem, type Database, openDatabase } from '../../persistence/index.ts';
import { connectRedis, positionKey, streamKey } from '../../redis/index.ts';
import { testName, testServers } from '../../testing/installation.ts';
import { type Log, newId, partitionCount, partitionOf, silentLog, stampNow, systemClock } from '../../values/index.ts';
import { positionAfter, streamId, timeText } from '../streams/positions.ts';
import { type ConsumerOptions, consumerCollections, type ServiceConsumer, startConsumer } from './consumer.ts';
import type { DeadLetterDocument } from './dead-letters.ts';
import type { Batch, Session } from './ports.ts';

export interface FixtureAddress {
  readonly mongodbUri: string;
  readonly redisUrl: string;
  readonly databaseName: string;
  readonly generation: string;
}

/** Per tenant: how often and in what order its events were applied. */
export interface TallyDocument {
  _id: string;
  tenantId: string;
  count: number;
  order: string[];
}

const loud: Log = {
  debug: () => {},
  info: (fields, message) => console.log(message, fields),
  warn: (fields, message) => console.log(message, fields),
  error: (fields, message) => console.log(message, fields),
};
export const testLog: Log = process.env.HOLDFAST_TEST_LOG ? loud : silentLog;

/** Addresses of the shared test servers, with names of this test's own. */
export function newAddress(redisUrl = testServers().redisUrl): FixtureAddress {
  const name = testName('consumer');
  return { mongodbUri: testServers().mongodbUri, redisUrl, databaseName: name, generation: name };
}

/** Opens the fixture's database; with `prepare` its collections are made. */
export async function openFixtureDatabase(address: FixtureAddress, prepare = true): Promise<Database> {
  const database = await openDatabase({
    uri: address.mongodbUri,
    name: address.databaseName,
    evented: [],
    global: [...consumerCollections.global],
  });
  if (prepare) {
    await asSystem('fixture', () => database.db.createCollection('tallies'));
  }
  return database;
}

/**
 * Counts each entry for its tenant. Nothing in it keeps an entry from being counted twice: that is the cursors' work.
 */
export async function countEffects(database: Database, batch: Batch, session: Session | undefined): Promise<void> {
  const operations = batch.entries.map(({ event: { tenantid: tenantId, id } }) => ({
    updateOne: {
      filter: { _id: tenantId, tenantId },
      update: { $inc: { count: 1 }, $push: { order: id } },
      upsert: true,
    },
  }));
  const tallies = database.db.collection<TallyDocument>('tallies');
  await tallies.bulkWrite(operations, { ordered: true, ...(session ? { session } : {}) });
}

/** Counts each entry by a key of its own, so that doing it again changes nothing. */
export async function countOnce(database: Database, batch: Batch): Promise<void> {
  const tallies = database.db.collection<TallyDocument>('tallies');
  for (const { event } of batch.entries) {
    const [_id, tenantId] = [event.tenantid, event.tenantid];
    await tallies.updateOne({ _id, tenantId }, { $setOnInsert: { count: 0, order: [] } }, { upsert: true });
    await tallies.updateOne(
      { _id, tenantId, order: { $ne: event.id } },
      { $inc: { count: 1 }, $push: { order: event.id } },
    );
  }
}

/** Every dead letter, in the order of its id. */
export function readDeadLetters(database: Database): Promise<DeadLetterDocument[]> {
  return asSystem('fixture', () =>
    database.db.collection<DeadLetterDocument>('dead_letters').find().sort({ _id: 1 }).toArray(),
  );
}

/** What the handler has written, for all tenants. */
export function readTallies(database: Database): Promise<TallyDocument[]> {
  return asSystem('fixture', () => database.db.collection<TallyDocument>('tallies').find().toArray());
}

/** Number of applied events. */
export async function countApplied(database: Database): Promise<number> {
  const tallies = await readTallies(database);
  return tallies.reduce((sum, tally) => sum + tally.count, 0);
}

/** Starts a consumer of `orders` on the fixture whose handler is `countEffects` unless given. */
export function startFixtureConsumer(
  address: FixtureAddress,
  database: Database,
  options: Partial<ConsumerOptions> = {},
): Promise<ServiceConsumer> {
  return startConsumer({
    service: 'fixture',
    database,
    redisUrl: address.redisUrl,
    generation: address.generation,
    table: { domains: ['orders'] },
    mode: 'transaction',
    handle: (batch, session) => countEffects(database, batch, session),
    log: testLog,
    ...options,
  });
}

/** A new order of this tenant, as its service would publish it. */
export function placedOrder(tenantId: string, overrides: Partial<DomainEvent> = {}): DomainEvent {
  const orderId = newId('ord');
  const event = makeEvent(orderPlaced, { tenantId, id: orderId, version: 1 }, stampNow(systemClock), {
    orderId,
    customerId: null,
    status: 'PENDING',
    from: null,
    request: 1,
    lines: [{ variantId: 'var_1', quantity: 1 }],
    total: { amount: 100, currency: 'EUR' },
  });
  return { ...event, ...overrides };
}

/** An event of another domain. */
export function createdTenant(tenantId: string): DomainEvent {
  const data = { tenantId, slug: tenantId, currency: 'EUR', timeZone: 'UTC' };
  return makeEvent(tenantCreated, { tenantId, id: tenantId, version: 1 }, stampNow(systemClock), data);
}

/** Tenant ids of the given partition. */
export function tenantsOf(partition: number, count: number): string[] {
  const tenants: string[] = [];
  for (let n = 0; tenants.length < count; n += 1) {
    if (partitionOf(`tenant-${n}`) === partition) tenants.push(`tenant-${n}`);
  }
  return tenants;
}

export interface StreamWriter {
  readonly source: string;
  /** Says that all streams of these domains exist and are complete, as relays do at their first start. */
  open(domains: readonly string[]): Promise<void>;
  /** Appends events to their tenants' partitions; returns their ids. */
  publish(domain: string, events: readonly DomainEvent[]): Promise<string[]>;
  /** Appends any text to a partition. */
  append(domain: string, partition: number, text: string): Promise<string>;
  /** Appends under this id, as a relay that publishes again. */
  appendAt(domain: string, partition: number, id: string, text: string): Promise<void>;
  /** Appends above the position, as only somebody else than the relay would. */
  appendForeign(domain: string, partition: number, text: string): Promise<string>;
  setPosition(domain: string, partition: number, fields: Record<string, string>): Promise<void>;
  cursors(domain: string, partition: number): Promise<Record<string, string>>;
  /** True when Redis answers. */
  isConnected(): Promise<boolean>;
  close(): void;
}

/** Writes streams in the relay's format. */
export function openStreamWriter({ redisUrl, generation }: FixtureAddress, source = 'source-1'): StreamWriter {
  const redis = connectRedis(redisUrl, { purpose: 'fixture-writer' });
  const keyOf = (domain: string, partition: number) => streamKey(generation, domain, partition);
  const seconds = Math.floor(Date.now() / 1_000);
  let increment = 0;
  const nextId = () => {
    increment += 1;
    return streamId(timeText(seconds, increment), 0);
  };
  const append = async (domain: string, partition: number, text: string) => {
    const id = nextId();
    const key = keyOf(domain, partition);
    const position = { source, at: positionAfter(id) };
    const replies = await redis.multi().xadd(key, id, 'e', text).hset(positionKey(key), position).exec();
    for (const [error] of replies ?? []) if (error) throw error;
    return id;
  };
  return {
    source,
    append,
    async open(domains) {
      const at = positionAfter(nextId());
      for (const domain of domains) {
        const all = Array.from({ length: partitionCount }, (_, n) => positionKey(keyOf(domain, n)));
        await Promise.all(all.map((key) => redis.hset(key, { source, at })));
      }
    },
    async publish(domain, events) {
      // One connection keeps the order of what is sent.
      return Promise.all(events.map((event) => append(domain, partitionOf(event.tenantid), JSON.stringify(event))));
    },
    async appendAt(domain, partition, id, text) {
      await redis.xadd(keyOf(domain, partition), id, 'e', text);
    },
    async appendForeign(domain, partition, text) {
      const id = nextId();
      await redis.xadd(keyOf(domain, partition), id, 'e', text);
      return id;
    },
    async setPosition(domain, partition, fields) {
      await redis.hset(positionKey(keyOf(domain, partition)), fields);
    },
    cursors: (domain, partition) => redis.hgetall(`${keyOf(domain, partition)}:cursors`),
    isConnected: () =>
      redis.ping().then(
        () => true,
        () => false,
      ),
    close: () => redis.disconnect(),
  };
}
