// Plain data stays plain data: nothing that a client or an event brought steers the driver's serializer.

import { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testName, testServers } from '../../testing/installation.ts';
import { asSystem, asTenant, createIndexes, type Database, openDatabase } from '../index.ts';

type Row = { _id: string; tenantId: string; free?: unknown; list?: unknown[] };

let database: Database;
let rows: mongo.Collection<Row>;
const tenantId = 'ten_a';
const inTenant = <T>(work: () => Promise<T>) => asTenant(tenantId, work);

beforeAll(async () => {
  const { mongodbUri: uri } = testServers();
  database = await openDatabase({ uri, name: testName('plain'), evented: [], global: [] });
  await createIndexes(database, [{ collection: 'rows', indexes: [] }]);
  rows = database.db.collection<Row>('rows');
  await inTenant(() => rows.insertOne({ _id: 'kept', tenantId, free: { a: 1 } }));
});
afterAll(() => database?.close());

const planted = () => JSON.parse('{"a":[{"_bsontype":"Double","value":"1"}]}');

/** Ours, or in a bulk write the driver's own, which measures the documents before it shows them. */
const refusal = /has the key _bsontype|Unsupported BSON version/;

describe('a planted object', () => {
  const filter = { _id: 'kept', tenantId };
  it.each<[string, () => Promise<unknown>]>([
    ['inserted', () => rows.insertOne({ _id: 'new', tenantId, free: planted() })],
    [
      'inserted among others',
      () =>
        rows.insertMany([
          { _id: 'n1', tenantId },
          { _id: 'n2', tenantId, free: planted() },
        ]),
    ],
    ['set', () => rows.updateOne(filter, { $set: { free: planted() } })],
    ['pushed', () => rows.updateOne(filter, { $push: { list: planted() } })],
    ['set in a bulk write', () => rows.bulkWrite([{ updateOne: { filter, update: { $set: { free: planted() } } } }])],
    ['set by findAndModify', () => rows.findOneAndUpdate(filter, { $set: { free: planted() } })],
    ['looked for', () => rows.find({ tenantId, free: planted() }).toArray()],
  ])('that is %s is refused before it is sent, in every scope', async (_how, work) => {
    await expect(inTenant(work)).rejects.toThrow(refusal);
    await expect(asSystem('test', work)).rejects.toThrow(refusal);
    expect(await inTenant(() => rows.find({ tenantId }).toArray())).toEqual([{ ...filter, free: { a: 1 } }]);
  });
});

it('what is a BSON type, a date or bytes passes', async () => {
  const free = {
    at: new Date(0),
    id: new mongo.ObjectId(),
    long: mongo.Long.fromNumber(5),
    bytes: new mongo.Binary(Buffer.from('x')),
  };
  await inTenant(() => rows.insertOne({ _id: 'typed', tenantId, free }));
  const stored = await inTenant(() => rows.findOne({ _id: 'typed', tenantId }));
  expect(stored?.free).toMatchObject({ at: free.at, long: 5 });
});
