// Where the relay is tested: a database, a writer whose events are numbered in oplog order, a consumer with a durable
// cursor, and relays in this process or in their own. Invariant of every test: the consumer gets each number exactly
// once, and each partition's numbers only grow.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { asSystem, type Database, inTransaction, openDatabase, type StoredEvent } from '../../../persistence/index.ts';
import { connectRedis, cursorsKey, positionKey, type Redis, streamKey } from '../../../redis/index.ts';
import { until } from '../../../testing/until.ts';
import { partitionCount, silentLog } from '../../../values/index.ts';
import { isForeign, positionFields, readStreamPosition, type StreamPosition } from '../../streams/positions.ts';
import { mongoChangeLog, relayPositionsCollection } from '../change-log.store.ts';
import { startRelay } from '../relay.ts';
import type { Relay } from '../run-relay.ts';
import type { ChildSettings } from './relay-child.ts';

export const consumerName = 'reader';
const padding = 'x'.repeat(200);
const tenants = Array.from({ length: 40 }, (_, n) => `tenant-${n}`);

interface Thing {
  _id: string;
  tenantId: string;
  events: StoredEvent[];
}

export interface Seen {
  readonly id: string;
  readonly n: number;
}

export interface Lab {
  readonly database: Database;
  readonly redis: Redis;
  readonly generation: string;
  /** Events written so far; they are numbered from 0. */
  readonly written: number;
  /** By partition, what the consumer has applied. */
  readonly applied: readonly Seen[][];
  /** Entries above their stream's position that the consumer refused. */
  readonly refused: number;
  /** Why the relays of this process started over. */
  readonly restarts: readonly string[];
  stream(partition: number): string;
  position(partition: number): Promise<StreamPosition | undefined>;
  relay(): Promise<Relay>;
  child(settings?: Partial<ChildSettings>): ChildProcess;
  /** Single inserts, insertMany, updates and small transactions, in turn. */
  write(rounds: number): Promise<void>;
  /** One transaction of so many inserted documents with an event each. */
  writeTransaction(documents: number): Promise<void>;
  /** Reads once what is new and publishes the cursors. */
  consume(): Promise<void>;
  /** Consumes until every written event was seen, then checks that each was seen once and in order. */
  settle(limitMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** A lab with its own database and generation on these servers. */
export async function openLab(servers: { mongoUri: string; redisUrl: string }, name: string): Promise<Lab> {
  const generation = `g-${name}`;
  const domain = 'orders';
  const database = await openDatabase({
    uri: servers.mongoUri,
    name: `relay_${name}`.replaceAll('-', '_'),
    evented: ['things'],
    global: [relayPositionsCollection],
  });
  const things = database.db.collection<Thing>('things');
  await asSystem('lab', () => database.db.createCollection('things'));
  // As a service does before it takes writes: nothing is written before the start is agreed.
  await mongoChangeLog({ database, domain, generation }).agree();
  const redis = connectRedis(servers.redisUrl, { purpose: 'lab' });
  const stream = (partition: number) => streamKey(generation, domain, partition);
  const partitions = Array.from({ length: partitionCount }, (_, n) => n);
  const cursors = partitions.map(() => '0-0');
  const applied: Seen[][] = partitions.map(() => []);
  const relays: Relay[] = [];
  const children: ChildProcess[] = [];
  const restarts: string[] = [];
  const note = (fields: object) => {
    if ('reason' in fields) restarts.push(String(fields.reason));
  };
  let written = 0;
  let documents = 0;
  let refused = 0;

  const event = (tenantId: string): StoredEvent => {
    const n = written;
    written += 1;
    return { id: `e${n}`, tenantId, body: JSON.stringify({ n, tenantId, padding }) };
  };
  const thing = (eventCount: number): Thing => {
    const tenantId = tenants[documents % tenants.length]!;
    documents += 1;
    return { _id: `thing-${documents}`, tenantId, events: Array.from({ length: eventCount }, () => event(tenantId)) };
  };
  const position = async (partition: number) =>
    readStreamPosition(await redis.hmget(positionKey(stream(partition)), ...positionFields));

  const writeTransaction = async (count: number) => {
    const batch = Array.from({ length: count }, () => thing(1));
    await asSystem('lab', () =>
      inTransaction(database, async (session) => {
        await things.insertMany(batch, { session });
      }),
    );
  };
  const write = async (rounds: number) => {
    for (let round = 0; round < rounds; round += 1) {
      const one = thing(1 + (round % 3));
      await asSystem('lab', () => things.insertOne(one));
      await asSystem('lab', () => things.insertMany(Array.from({ length: 5 }, () => thing(1))));
      const next = [event(one.tenantId), event(one.tenantId)];
      await asSystem('lab', () =>
        things.updateOne({ _id: one._id, tenantId: one.tenantId }, { $set: { events: next } }),
      );
      if (round % 4 === 0) await writeTransaction(3);
    }
  };

  const consume = async () => {
    for (const partition of partitions) {
      const entries = await redis.xrange(stream(partition), `(${cursors[partition]}`, '+');
      const held = await position(partition);
      if (!held) continue;
      for (const [id, fields] of entries) {
        if (isForeign(id, held)) {
          refused += 1;
          break;
        }
        applied[partition]!.push({ id, n: (JSON.parse(fields[1]!) as { n: number }).n });
        cursors[partition] = id;
      }
      await redis.hset(cursorsKey(stream(partition)), consumerName, `${held.source}|${cursors[partition]}`);
    }
  };
  const check = () => {
    for (const [partition, seen] of applied.entries()) {
      for (const [at, { n }] of seen.entries()) {
        if (at > 0 && n <= seen[at - 1]!.n)
          throw new Error(`partition ${partition}: ${n} came after ${seen[at - 1]!.n}`);
      }
    }
    const numbers = applied.flat().map(({ n }) => n);
    const all = new Set(numbers);
    if (numbers.length > all.size) throw new Error(`${numbers.length - all.size} events were seen twice`);
    if (all.size !== written) throw new Error(`${written} written, ${all.size} seen`);
  };

  return {
    database,
    redis,
    generation,
    get written() {
      return written;
    },
    get refused() {
      return refused;
    },
    applied,
    restarts,
    stream,
    position,
    async relay() {
      const relay = await startRelay({
        database,
        redisUrl: servers.redisUrl,
        domain,
        generation,
        consumers: [consumerName],
        log: { ...silentLog, warn: note },
      });
      relays.push(relay);
      return relay;
    },
    child(settings = {}) {
      const all: ChildSettings = {
        ...servers,
        database: database.name,
        domain,
        generation,
        consumers: [consumerName],
        ...settings,
      };
      const script = join(import.meta.dirname, 'relay-child.ts');
      const child = spawn(process.execPath, [script, JSON.stringify(all)], { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      return child;
    },
    write,
    writeTransaction,
    consume,
    async settle(limitMs = 20_000) {
      const count = () => applied.reduce((sum, seen) => sum + seen.length, 0);
      await until(
        async () => {
          await consume().catch(() => {});
          return count() >= written;
        },
        { what: `${written} events seen`, timeoutMs: limitMs },
      ).catch((error: Error) => {
        throw new Error(`${error.message}, but ${count()}`);
      });
      check();
    },
    async close() {
      for (const relay of relays) await relay.stop();
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      redis.disconnect();
      await database.close();
    },
  };
}
