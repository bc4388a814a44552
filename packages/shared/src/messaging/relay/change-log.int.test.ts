// The oplog of a real MongoDB behind the ChangeLog port, with a server of its own because a database is dropped.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerHandle, startMongod } from '@holdfast/devstack';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { asSystem, type Database, inTransaction, openDatabase, type StoredEvent } from '../../persistence/index.ts';
import { until } from '../../testing/until.ts';
import { positionAt } from '../streams/positions.ts';
import { mongoChangeLog, relayPositionsCollection } from './change-log.store.ts';
import type { Change, ChangeLog, OpenChanges } from './ports.ts';

let mongod: ServerHandle;
let folder: string;
let database: Database;
let opened: OpenChanges[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-changes-'));
  mongod = await startMongod({ dataDir: join(folder, 'mongodb') });
});
afterAll(async () => {
  await mongod.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const open of opened) open.close();
  opened = [];
  await database.close();
});

async function openLog(name: string): Promise<ChangeLog> {
  database = await openDatabase({ uri: mongod.uri, name, evented: ['things'], global: [relayPositionsCollection] });
  await asSystem('test', () => database.db.createCollection('things'));
  return mongoChangeLog({ database, domain: 'orders', generation: 'g1' });
}

interface Thing {
  _id: string;
  tenantId: string;
  events: StoredEvent[];
}

const things = () => database.db.collection<Thing>('things');
const event = (id: string): StoredEvent => ({ id, tenantId: 't', body: id });
const thing = (id: string): Thing => ({ _id: id, tenantId: 't', events: [event(id)] });
const insert = (...documents: Thing[]) => asSystem('test', () => things().insertMany(documents));

async function read(log: ChangeLog, from: string, count: number): Promise<Change[]> {
  const open = await log.open(from);
  opened.push(open);
  const changes: Change[] = [];
  await until(
    async () => {
      changes.push(...(await open.next()).changes);
      return changes.length >= count;
    },
    { what: `${count} changes` },
  );
  return changes;
}

test('many relays agree on one start', async () => {
  const log = await openLog('agree');
  const other = mongoChangeLog({ database, domain: 'orders', generation: 'g1' });
  const agree = async (of: ChangeLog) => {
    for (;;) {
      const record = await of.agree().catch(() => undefined);
      if (record) return record;
    }
  };
  const records = await Promise.all([log, other, log, other].map(agree));
  expect(new Set(records.map(({ source, start }) => `${source} ${start}`)).size).toBe(1);
  await log.saveNeeded(records[0]!, positionAt('f'.repeat(16), 0));
  expect(await log.agree()).toMatchObject({ needed: positionAt('f'.repeat(16), 0), completeFrom: '' });
  await log.saveNeeded({ ...records[0]!, source: 'another' }, 'x');
  expect((await log.agree()).needed).not.toBe('x');
});

test('reads inserts and updates from a time on, inclusive, and a transaction under one time', async () => {
  const log = await openLog('reading');
  const { start } = await log.agree();
  await insert(thing('a'));
  await asSystem('test', () => things().updateOne({ _id: 'a', tenantId: 't' }, { $set: { events: [event('b')] } }));
  await asSystem('test', () => things().updateOne({ _id: 'a', tenantId: 't' }, { $set: { events: [] } }));
  await asSystem('test', () =>
    inTransaction(database, async (session) => {
      await things().insertMany([thing('c'), thing('d'), thing('e')], { session });
    }),
  );
  const changes = await read(log, start, 6);
  expect(changes.map(({ events }) => events.map(({ body }) => body).join())).toEqual(['a', 'b', '', 'c', 'd', 'e']);
  const times = changes.map(({ time }) => time);
  expect(times).toEqual([...times].sort());
  expect(new Set(times.slice(3)).size).toBe(1);
  const again = await read(log, times[3]!, 3);
  expect(again.map(({ events }) => events[0]?.body)).toEqual(['c', 'd', 'e']);
});

test('an idle log moves on by itself, and a closed one fails', async () => {
  const log = await openLog('idle');
  const { start } = await log.agree();
  const open = await log.open(start);
  opened.push(open);
  await database.db
    .collection(relayPositionsCollection)
    .updateOne({ _id: 'x' as never }, { $set: { n: 1 } }, { upsert: true });
  const first = await open.next();
  expect(first).toMatchObject({ changes: [], ended: false });
  expect(first.upTo > start).toBe(true);
  open.close();
  await expect(open.next()).rejects.toThrow();
});

test('a dropped database ends the stream', async () => {
  const log = await openLog('dropped');
  const { start } = await log.agree();
  await insert(thing('a'));
  const open = await log.open(start);
  opened.push(open);
  await asSystem('purge test', () => database.db.dropDatabase());
  let batch = await open.next();
  await until(
    async () => {
      if (!batch.ended) batch = await open.next();
      return batch.ended;
    },
    { what: 'the end' },
  );
  expect(batch.ended).toBe(true);
});

test('what is declared lost is declared once, and reading goes on from there', async () => {
  const log = await openLog('lost');
  const record = await log.agree();
  await insert(thing('before'));
  await log.declareLost(record);
  const declared = await log.agree();
  expect(declared.completeFrom > positionAt(record.start, 0)).toBe(true);
  expect(declared.needed).toBe(declared.completeFrom);
  await log.declareLost(record);
  expect(await log.agree()).toEqual(declared);
  await insert(thing('after'));
  const changes = await read(log, declared.completeFrom.slice(0, 16), 1);
  expect(changes.at(-1)?.events[0]?.body).toBe('after');
});
