// What the guard relies on and the driver does not document. If a new driver version breaks one of these, the guard
// guards nothing: do not change the test, change the guard.
import { AsyncLocalStorage } from 'node:async_hooks';
import { mongo } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testName, testServers } from '../../testing/installation.ts';
import { plainRecord } from '../plain-record.ts';

let client: mongo.MongoClient;
let rows: mongo.Collection<{ _id: string; n: number }>;
let listener: (event: mongo.CommandStartedEvent) => void;

beforeAll(async () => {
  const { mongodbUri: uri } = testServers();
  client = await new mongo.MongoClient(uri, { monitorCommands: true, maxPoolSize: 1 }).connect();
  client.on('commandStarted', (event) => listener(event));
  rows = client.db(testName('driver')).collection('rows');
});
beforeEach(async () => {
  listener = () => undefined;
  await rows.deleteMany({});
  await rows.insertOne({ _id: 'kept', n: 1 });
});
afterAll(() => client?.close());

describe('a throw in a commandStarted listener', () => {
  class Stop extends Error {}

  it.each<[string, () => Promise<unknown>]>([
    ['find', () => rows.find().toArray()],
    ['insert', () => rows.insertOne({ _id: 'x', n: 1 })],
    ['update', () => rows.updateOne({ _id: 'kept' }, { $set: { n: 2 } })],
    ['delete', () => rows.deleteOne({ _id: 'kept' })],
    ['findAndModify', () => rows.findOneAndUpdate({ _id: 'kept' }, { $set: { n: 2 } })],
    ['aggregate', () => rows.aggregate([{ $count: 'n' }]).toArray()],
  ])('stops %s before it is sent, and the connection stays usable', async (command, work) => {
    const seen: string[] = [];
    const note = (kind: string) => () => seen.push(kind);
    const connections = new Set<unknown>();
    listener = (event) => {
      connections.add(event.connectionId);
      if (event.commandName === command) throw new Stop('stop');
    };
    const watched = ['commandSucceeded', 'commandFailed', 'connectionClosed', 'connectionPoolCleared'] as const;
    const notes = watched.map((name) => [name, note(name)] as const);
    for (const [name, fn] of notes) client.on(name, fn);
    await expect(work()).rejects.toThrow(Stop);
    expect(seen).toEqual([]);
    for (const [name, fn] of notes) client.off(name, fn);
    listener = (event) => connections.add(event.connectionId);
    expect(await rows.find().toArray()).toEqual([{ _id: 'kept', n: 1 }]);
    expect(connections.size).toBe(1);
  });

  it('stops a bulk write and keeps the code of the error', async () => {
    listener = () => {
      throw Object.assign(new Error('stop'), { code: 'STOPPED' });
    };
    const work = rows.bulkWrite([{ deleteOne: { filter: { _id: 'kept' } } }]);
    await expect(work).rejects.toMatchObject({ code: 'STOPPED', message: 'stop' });
    listener = () => undefined;
    expect(await rows.countDocuments()).toBe(1);
  });
});

describe('the context of a command', () => {
  it('is the one that called, with one connection and many callers', async () => {
    const storage = new AsyncLocalStorage<number>();
    const seen: [unknown, number | undefined][] = [];
    listener = (event) => seen.push([event.command.filter.n, storage.getStore()]);
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => storage.run(n, async () => await rows.find({ n }).toArray())),
    );
    expect(seen).toHaveLength(50);
    expect(seen.filter(([sent, context]) => sent !== context)).toEqual([]);
  });
});

describe('data that says which BSON type it is', () => {
  type Free = { _id: string; free: unknown };
  const planted = () => JSON.parse('{"_bsontype":"Double","value":"1"}');

  it('is refused as a plain object', async () => {
    const frees = rows as unknown as mongo.Collection<Free>;
    await expect(frees.insertOne({ _id: 'x', free: planted() })).rejects.toThrow();
    await expect(frees.updateOne({ _id: 'kept' }, { $set: { free: planted() } })).rejects.toThrow();
    expect(await rows.find().toArray()).toEqual([{ _id: 'kept', n: 1 }]);
  });

  it('is data as a plain record', async () => {
    const frees = rows as unknown as mongo.Collection<Free>;
    await frees.insertMany([{ _id: 'x', free: plainRecord(planted()) }]);
    await frees.updateOne({ _id: 'kept' }, { $set: { free: plainRecord(planted()) } });
    expect(await frees.find().toArray()).toMatchObject([{ free: planted() }, { free: planted() }]);
  });
});

describe('the command that is shown', () => {
  it('holds the documents themselves, also in bulk writes', async () => {
    const shown: unknown[] = [];
    listener = (event) => shown.push(...(event.command.documents ?? event.command.updates));
    await rows.insertMany([{ _id: 'x', n: 1 }]);
    await rows.bulkWrite([
      { insertOne: { document: { _id: 'y', n: 2 } } },
      { updateOne: { filter: { _id: 'y' }, update: { $set: { n: 3 } } } },
    ]);
    expect(shown).toMatchObject([
      { _id: 'x', n: 1 },
      { _id: 'y', n: 2 },
      { q: { _id: 'y' }, u: { $set: { n: 3 } } },
    ]);
  });

  it('carries the same session id object and transaction number throughout a transaction', async () => {
    const shown: { lsid: unknown; txnNumber: string; autocommit: unknown }[] = [];
    listener = ({ command }) =>
      shown.push({ lsid: command.lsid, txnNumber: String(command.txnNumber), autocommit: command.autocommit });
    await client.withSession(async (session) => {
      session.startTransaction();
      await rows.insertOne({ _id: 'x', n: 1 }, { session });
      await rows.insertOne({ _id: 'y', n: 1 }, { session });
      await session.commitTransaction();
      expect(shown).toHaveLength(3);
      expect(shown.every((one) => one.lsid === session.id && one.autocommit === false)).toBe(true);
      expect(new Set(shown.map((one) => one.txnNumber)).size).toBe(1);
    });
  });
});
