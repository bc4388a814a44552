// The driver guard without the plugin: whatever code forgets the tenant, nothing is sent. Every refusal here fails with
// HOLDFAST_TEST_WITHOUT=guard.
import { asTenant } from '@holdfast/shared/persistence';
import { runWithoutLayer } from '@holdfast/shared/testing';
import mongoose from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DataLayer, openDataLayer } from './data-layer.ts';

let layer: DataLayer;

beforeAll(async () => {
  runWithoutLayer('plugin');
  layer = await openDataLayer('guard_alone');
});
beforeEach(() => layer.reset());
afterAll(() => layer?.close());

/** Runs work as tenant a; expects the guard's refusal, and every stored row unchanged. */
async function refused(work: () => PromiseLike<unknown>): Promise<void> {
  const before = await layer.stored();
  await expect(asTenant('a', work)).rejects.toMatchObject({ code: 'TENANCY_VIOLATION' });
  expect(layer.refusals.length).toBeGreaterThan(0);
  expect(await layer.stored()).toEqual(before);
}

const brief = { maxAwaitTimeMS: 50 };

/** Asks a change stream once, so that one that is not refused ends by itself. */
async function look(stream: { tryNext(): Promise<unknown>; close(): Promise<void> }): Promise<void> {
  try {
    await stream.tryNext();
  } finally {
    await stream.close();
  }
}

describe('native collections', () => {
  const native = () => layer.database.db.collection('items');

  it.each<[string, () => PromiseLike<unknown>]>([
    ['find', () => native().find({}).toArray()],
    ['find by id', () => native().findOne({ n: 1 })],
    ['find with an undefined tenant', () => native().findOne({ tenantId: undefined })],
    ['find with $in', () => native().findOne({ tenantId: { $in: ['a', 'b'] } })],
    ['find with $or', () => native().findOne({ $or: [{ tenantId: 'a' }, { n: 1 }] })],
    ['count', () => native().countDocuments({ n: 1 })],
    ['estimated count', () => native().estimatedDocumentCount()],
    ['distinct', () => native().distinct('tag')],
    [
      'aggregate',
      () =>
        native()
          .aggregate([{ $group: { _id: '$tag' } }])
          .toArray(),
    ],
    ['insertOne', () => native().insertOne({ n: 3 })],
    ['insertMany of another tenant', () => native().insertMany([{ tenantId: 'a' }, { tenantId: 'b' }])],
    ['updateOne', () => native().updateOne({ n: 1 }, { $set: { n: 9 } })],
    ['updateMany', () => native().updateMany({}, { $set: { n: 9 } })],
    ['upsert', () => native().updateOne({ n: 7 }, { $set: { n: 9 } }, { upsert: true })],
    ['replaceOne', () => native().replaceOne({ tenantId: 'a', n: 1 }, { n: 9 })],
    ['move to another tenant', () => native().updateOne({ tenantId: 'a' }, { $set: { tenantId: 'b' } })],
    ['deleteMany', () => native().deleteMany({ n: 1 })],
    ['findOneAndUpdate', () => native().findOneAndUpdate({ n: 1 }, { $set: { n: 9 } })],
    ['findOneAndDelete', () => native().findOneAndDelete({ n: 1 })],
    ['bulkWrite', () => native().bulkWrite([{ deleteOne: { filter: { n: 1 } } }])],
    ['drop', () => native().drop()],
    ['createIndex', () => native().createIndex({ n: 1 })],
    ['listIndexes', () => native().listIndexes().toArray()],
  ])('refuses %s', async (_name, work) => {
    await refused(work);
  });

  it('passes a scoped find, and it sees one tenant', async () => {
    const found = await asTenant('a', () => native().find({ tenantId: 'a' }).toArray());
    expect(found.map((row) => row.tag)).toEqual(['canary-a', 'canary-a']);
    expect(layer.refusals).toEqual([]);
  });

  it('refuses a scoped find outside of any scope', async () => {
    await expect(native().find({ tenantId: 'a' }).toArray()).rejects.toMatchObject({ code: 'TENANCY_VIOLATION' });
    expect(layer.refusals).toEqual([{ command: 'find', rule: 'find items: has no tenant scope', scope: 'none' }]);
  });
});

describe('the database and the connection', () => {
  it.each<[string, () => PromiseLike<unknown>]>([
    ['db.command', () => layer.database.db.command({ find: 'items', filter: {} })],
    ['db.aggregate', () => layer.database.db.aggregate([{ $currentOp: {} }]).toArray()],
    ['listCollections', () => layer.database.db.listCollections().toArray()],
    ['connection.aggregate', () => layer.database.connection.aggregate([{ $documents: [{ x: 1 }] }]).exec()],
    ['another database', () => layer.database.client.db('elsewhere').collection('items').findOne({ tenantId: 'a' })],
    ['explain', () => layer.database.db.collection('items').find({ n: 1 }).explain()],
    ['database watch', () => look(layer.database.db.watch([], brief))],
    ['client watch', () => look(layer.database.client.watch([], brief))],
    ['collection watch', () => look(layer.database.db.collection('items').watch([], brief))],
  ])('refuses %s', async (_name, work) => {
    await refused(work);
  });

  it('lets connection.bulkWrite change nothing', async () => {
    // Servers before 8.0 do not know the command, and then the driver itself refuses.
    const before = await layer.stored();
    const write = () =>
      layer.database.connection.bulkWrite([{ model: 'Item', name: 'deleteMany', filter: {} }] as never[]);
    await expect(asTenant('a', write)).rejects.toThrow();
    expect(await layer.stored()).toEqual(before);
  });
});

describe('mongoose without the plugin', () => {
  it.each<[string, () => PromiseLike<unknown>]>([
    ['find', () => layer.items.find({ n: 1 })],
    ['findById', () => layer.items.findById('b1')],
    ['exists', () => layer.items.exists({ _id: 'b1' })],
    ['countDocuments', () => layer.items.countDocuments()],
    ['estimatedDocumentCount', () => layer.items.estimatedDocumentCount()],
    ['distinct', () => layer.items.distinct('tag')],
    ['aggregate', () => layer.items.aggregate([{ $match: { n: 1 } }])],
    ['watch', () => look(layer.items.collection.watch([], brief))],
    ['create without tenant', () => layer.items.insertMany([{ _id: 'x', n: 1 }], { lean: true })],
    ['create for another tenant', () => layer.items.create({ _id: 'x', tenantId: 'b', n: 1 })],
    ['updateMany', () => layer.items.updateMany({}, { n: 9 })],
    ['upsert', () => layer.items.updateOne({ _id: 'x' }, { n: 9 }, { upsert: true })],
    ['findOneAndReplace', () => layer.items.findOneAndReplace({ _id: 'b1' }, { n: 9 })],
    ['deleteMany', () => layer.items.deleteMany({})],
    ['bulkWrite', () => layer.items.bulkWrite([{ updateOne: { filter: { _id: 'b1' }, update: { n: 9 } } }])],
    [
      'bulkWrite without order',
      () => layer.items.bulkWrite([{ deleteOne: { filter: { _id: 'b1' } } }], { ordered: false }),
    ],
    ['native collection of a model', () => layer.items.collection.findOne({ _id: 'b1' } as object)],
  ])('refuses %s', async (_name, work) => {
    await refused(work);
  });

  it('refuses populate into a model of tenants that forgot the plugin', async () => {
    const bare = new mongoose.Schema({ _id: String, tenantId: String, n: Number });
    layer.database.connection.model('Place', bare, 'items');
    await layer.reset();
    const place = () =>
      layer.database.db.collection('items').updateOne({ n: 1, tenantId: 'a' }, { $set: { place: 'b1' } });
    await asTenant('a', place);
    const find = () => layer.items.find({ tenantId: 'a' }).populate('place');
    await refused(find);
  });

  it('refuses saving a document by its id alone', async () => {
    const open = new mongoose.Schema({ _id: String, tenantId: String, n: Number });
    const Open = layer.database.connection.model('Open', open, 'items');
    await refused(async () => {
      const row = await Open.findOne({ tenantId: 'a', _id: 'a1' });
      row?.set('n', 9);
      await row?.save();
    });
  });
});
