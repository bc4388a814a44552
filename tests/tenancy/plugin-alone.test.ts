// The mongoose plugin without the guard: it is sufficient for everything that goes through a model. Nearly every test
// here fails with HOLDFAST_TEST_WITHOUT=plugin.
import { asSystem, asTenant, asTenants, tenantSchema } from '@holdfast/shared/persistence';
import { runWithoutLayer } from '@holdfast/shared/testing';
import mongoose from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DataLayer, openDataLayer } from './data-layer.ts';

let layer: DataLayer;

beforeAll(async () => {
  runWithoutLayer('guard');
  layer = await openDataLayer('plugin_alone');
});
beforeEach(() => layer.reset());
afterAll(() => layer?.close());

async function refused(work: () => PromiseLike<unknown>): Promise<void> {
  const before = await layer.stored();
  await expect(work()).rejects.toMatchObject({ code: 'TENANCY_VIOLATION' });
  expect(await layer.stored()).toEqual(before);
}

const ofB = async () => (await layer.stored()).filter((row) => row.tenantId === 'b');

describe('reads see one tenant', () => {
  it.each<[string, () => PromiseLike<unknown>, unknown]>([
    ['find', async () => (await layer.items.find().sort({ _id: 1 })).map((row) => row._id), ['a1', 'a2']],
    [
      'find with a cursor',
      async () => {
        const ids: string[] = [];
        for await (const row of layer.items.find().cursor()) ids.push(row._id);
        return ids.sort();
      },
      ['a1', 'a2'],
    ],
    ['findById of a foreign id', () => layer.items.findById('b1'), null],
    ['findOne with $or', () => layer.items.findOne({ $or: [{ _id: 'b1' }, { tenantId: 'b' }] }), null],
    ['exists', () => layer.items.exists({ _id: 'b1' }), null],
    ['countDocuments', () => layer.items.countDocuments(), 2],
    ['distinct', () => layer.items.distinct('tag'), ['canary-a']],
    [
      'aggregate',
      () => layer.items.aggregate([{ $group: { _id: '$tag', n: { $sum: 1 } } }]),
      [{ _id: 'canary-a', n: 2 }],
    ],
    [
      '$unionWith',
      async () => {
        const rows = await layer.items.aggregate([{ $unionWith: 'items' }]);
        return [...new Set(rows.map((row) => row.tag))];
      },
      ['canary-a'],
    ],
    [
      '$lookup',
      async () => {
        const [row] = await layer.items.aggregate([
          { $match: { _id: 'a1' } },
          { $lookup: { from: 'items', localField: 'n', foreignField: 'n', as: 'same' } },
        ]);
        return row.same.map((same: { _id: string }) => same._id);
      },
      ['a1'],
    ],
    [
      '$graphLookup',
      async () => {
        const [row] = await layer.items.aggregate([
          { $match: { _id: 'a1' } },
          { $graphLookup: { from: 'items', startWith: '$n', connectFromField: 'n', connectToField: 'n', as: 'same' } },
        ]);
        return row.same.map((same: { _id: string }) => same._id);
      },
      ['a1'],
    ],
    [
      '$lookup inside $facet',
      async () => {
        const [row] = await layer.items.aggregate([
          { $facet: { all: [{ $lookup: { from: 'items', pipeline: [], as: 'others' } }] } },
        ]);
        return row.all[0].others.length;
      },
      2,
    ],
  ])('%s', async (_name, work, expected) => {
    expect(await asTenant('a', work)).toEqual(expected);
  });
});

describe('writes touch one tenant', () => {
  it.each<[string, () => PromiseLike<unknown>]>([
    ['updateMany', () => layer.items.updateMany({}, { $set: { n: 9 } })],
    ['updateOne of a foreign id', () => layer.items.updateOne({ _id: 'b1' }, { n: 9 })],
    ['findOneAndUpdate of a foreign id', () => layer.items.findOneAndUpdate({ _id: 'b1' }, { n: 9 })],
    ['replaceOne of a foreign id', () => layer.items.replaceOne({ _id: 'b1' }, { _id: 'b1', n: 9 })],
    ['deleteMany', () => layer.items.deleteMany({})],
    ['findOneAndDelete of a foreign id', () => layer.items.findOneAndDelete({ _id: 'b1' })],
    [
      'bulkWrite of foreign ids',
      () =>
        layer.items.bulkWrite([
          { updateOne: { filter: { _id: 'b1' }, update: { n: 9 } } },
          { deleteOne: { filter: { _id: 'b2' } } },
        ]),
    ],
  ])('%s', async (_name, work) => {
    const before = await ofB();
    await asTenant('a', work);
    expect(await ofB()).toEqual(before);
  });

  it.each<[string, () => PromiseLike<unknown>]>([
    ['create', () => layer.items.create({ _id: 'new', n: 1 })],
    ['save', () => new layer.items({ _id: 'new', n: 1 }).save()],
    ['save without validation', () => new layer.items({ _id: 'new', n: 1 }).save({ validateBeforeSave: false })],
    ['insertMany', () => layer.items.insertMany([{ _id: 'new', n: 1 }])],
    ['lean insertMany', () => layer.items.insertMany([{ _id: 'new', n: 1 }], { lean: true })],
    ['bulkSave', () => layer.items.bulkSave([new layer.items({ _id: 'new', n: 1 })])],
    ['bulkWrite insertOne', () => layer.items.bulkWrite([{ insertOne: { document: { _id: 'new', n: 1 } as never } }])],
    ['upsert', () => layer.items.updateOne({ _id: 'new' }, { $set: { n: 1 } }, { upsert: true })],
    ['findOneAndUpdate upsert', () => layer.items.findOneAndUpdate({ _id: 'new' }, { n: 1 }, { upsert: true })],
    ['replaceOne upsert', () => layer.items.replaceOne({ _id: 'new' }, { _id: 'new', n: 1 }, { upsert: true })],
    [
      'bulkWrite upsert',
      () =>
        layer.items.bulkWrite([{ updateOne: { filter: { _id: 'new' }, update: { $set: { n: 1 } }, upsert: true } }]),
    ],
  ])('%s stores the tenant of the scope', async (_name, work) => {
    await asTenant('a', work);
    const stored = (await layer.stored()).find((row) => row._id === 'new');
    expect(stored).toEqual({ _id: 'new', tenantId: 'a', n: 1 });
  });

  it('saves and deletes a loaded document by tenant and id', async () => {
    const row = await asTenant('a', () => layer.items.findById('a1'));
    // The same id in another tenant's hands: the filter must not match it.
    await asSystem('test.move', () =>
      layer.database.db.collection('items').updateOne({ n: 1, tenantId: 'a' }, { $set: { tenantId: 'b' } }),
    );
    row?.set('n', 9);
    await expect(asTenant('a', async () => row?.save())).rejects.toThrow('No document found');
    await asTenant('a', async () => row?.deleteOne());
    expect((await layer.stored()).find((stored) => stored._id === 'a1')).toMatchObject({ n: 1, tenantId: 'b' });
  });
});

describe('without a scope', () => {
  it.each<[string, () => PromiseLike<unknown>]>([
    ['find', () => layer.items.find({ tenantId: 'a' })],
    ['aggregate', () => layer.items.aggregate([{ $match: { tenantId: 'a' } }])],
    ['save', () => new layer.items({ _id: 'new', tenantId: 'a', n: 1 }).save()],
    ['insertMany', () => layer.items.insertMany([{ _id: 'new', tenantId: 'a', n: 1 }])],
    ['bulkWrite', () => layer.items.bulkWrite([{ deleteOne: { filter: { tenantId: 'a' } } }])],
    ['updateOne', () => layer.items.updateOne({ tenantId: 'a' }, { n: 9 })],
    ['deleteOne', () => layer.items.deleteOne({ tenantId: 'a' })],
  ])('%s is refused', async (_name, work) => {
    await refused(work);
  });

  it('a lazy query made inside a scope and awaited outside is refused', async () => {
    const queries = await asTenant('a', async () => [layer.items.find()]);
    await expect(queries[0]?.exec()).rejects.toMatchObject({ code: 'TENANCY_VIOLATION' });
  });

  it('a lazy query returned from a scope runs inside it', async () => {
    expect(await asTenant('a', () => layer.items.find())).toHaveLength(2);
  });
});

describe('another tenant named by the caller', () => {
  it.each<[string, () => PromiseLike<unknown>]>([
    ['find', () => layer.items.find({ tenantId: 'b' })],
    ['find undefined', () => layer.items.find({ tenantId: undefined })],
    ['find $in', () => layer.items.find({ tenantId: mongoose.trusted({ $in: ['a', 'b'] }) })],
    ['aggregate', () => layer.items.aggregate([{ $match: { tenantId: 'b' } }])],
    [
      '$lookup',
      () => layer.items.aggregate([{ $lookup: { from: 'items', pipeline: [{ $match: { tenantId: 'b' } }], as: 'x' } }]),
    ],
    [
      '$graphLookup',
      () =>
        layer.items.aggregate([
          {
            $graphLookup: {
              from: 'items',
              startWith: '$n',
              connectFromField: 'n',
              connectToField: 'n',
              as: 'x',
              restrictSearchWithMatch: { tenantId: 'b' },
            },
          },
        ]),
    ],
    ['$out', () => layer.items.aggregate([{ $out: 'stolen' }])],
    ['create', () => layer.items.create({ _id: 'new', tenantId: 'b', n: 1 })],
    ['insertMany', () => layer.items.insertMany([{ _id: 'new', tenantId: 'b', n: 1 }])],
    [
      'bulkWrite insert',
      () => layer.items.bulkWrite([{ insertOne: { document: { _id: 'new', tenantId: 'b', n: 1 } } }]),
    ],
    ['bulkWrite filter', () => layer.items.bulkWrite([{ deleteMany: { filter: { tenantId: 'b' } } }])],
    ['updateOne', () => layer.items.updateOne({ tenantId: 'b' }, { n: 9 })],
    ['collation', () => layer.items.find().collation({ locale: 'en', strength: 1 })],
  ])('%s is refused', async (_name, work) => {
    await refused(() => asTenant('a', work));
  });
});

describe('a write to tenantId', () => {
  const pipelined = { updatePipeline: true };
  it.each<[string, () => PromiseLike<unknown>]>([
    ['a bare field', () => layer.items.updateOne({ _id: 'a1' }, { tenantId: 'b' })],
    ['$set', () => layer.items.updateOne({ _id: 'a1' }, { $set: { tenantId: 'b' } })],
    ['$set of the same', () => layer.items.updateOne({ _id: 'a1' }, { $set: { tenantId: 'a' } })],
    ['$unset', () => layer.items.updateOne({ _id: 'a1' }, { $unset: { tenantId: 1 } })],
    ['$rename', () => layer.items.updateOne({ _id: 'a1' }, { $rename: { tenantId: 'tag' } })],
    ['$rename to it', () => layer.items.updateOne({ _id: 'a1' }, { $rename: { tag: 'tenantId' } })],
    [
      '$setOnInsert',
      () => layer.items.updateOne({ _id: 'x' }, { $setOnInsert: { tenantId: 'b', n: 1 } }, { upsert: true }),
    ],
    ['a pipeline', () => layer.items.updateOne({ _id: 'a1' }, [{ $set: { tenantId: 'b' } }], pipelined)],
    [
      'a replacing pipeline',
      () => layer.items.updateOne({ _id: 'a1' }, [{ $replaceWith: { n: 1 } }] as never, pipelined),
    ],
    ['replaceOne', () => layer.items.replaceOne({ _id: 'a1' }, { _id: 'a1', tenantId: 'b', n: 9 })],
    ['findOneAndReplace', () => layer.items.findOneAndReplace({ _id: 'a1' }, { tenantId: 'b', n: 9 })],
    ['findOneAndUpdate', () => layer.items.findOneAndUpdate({ _id: 'a1' }, { $set: { tenantId: 'b' } })],
    [
      'bulkWrite update',
      () => layer.items.bulkWrite([{ updateOne: { filter: { _id: 'a1' }, update: { $set: { tenantId: 'b' } } } }]),
    ],
    [
      'bulkWrite replace',
      () => layer.items.bulkWrite([{ replaceOne: { filter: { _id: 'a1' }, replacement: { tenantId: 'b', n: 1 } } }]),
    ],
  ])('%s is refused', async (_name, work) => {
    await refused(() => asTenant('a', work));
  });
});

describe('what cannot be scoped', () => {
  it.each<[string, () => PromiseLike<unknown>]>([
    ['estimatedDocumentCount', () => layer.items.estimatedDocumentCount()],
    ['watch', async () => layer.items.watch().close()],
    [
      'insertMany without order, dropping silently',
      () =>
        layer.items.insertMany(
          [
            { _id: 'x', n: 'no number' },
            { _id: 'y', n: 1 },
          ] as never[],
          { ordered: false },
        ),
    ],
    [
      'bulkWrite without order, dropping silently',
      () => layer.items.bulkWrite([{ updateOne: { filter: { _id: 'a1' }, update: { n: 1 } } }], { ordered: false }),
    ],
    ['an upsert without a required field', () => layer.items.updateOne({ _id: 'x' }, { tag: 'x' }, { upsert: true })],
    [
      'an upsert that empties a required field',
      () => layer.items.updateOne({ _id: 'x' }, { $set: { n: null } } as never, { upsert: true }),
    ],
    [
      'a bulk upsert without a required field',
      () => layer.items.bulkWrite([{ updateOne: { filter: { _id: 'x' }, update: { tag: 'x' }, upsert: true } }]),
    ],
    [
      'a replacement without a required field',
      () => layer.items.replaceOne({ _id: 'a1' }, { _id: 'a1', tag: 'x' } as never),
    ],
  ])('%s is refused', async (_name, work) => {
    await refused(() => asTenant('a', work));
  });

  it('populate into a model without the plugin is refused, from a query and from a document', async () => {
    if (!layer.database.connection.modelNames().includes('Place')) {
      layer.database.connection.model('Place', new mongoose.Schema({ _id: String, secret: String }), 'secrets');
    }
    await refused(() => asTenant('a', () => layer.items.find().populate('place')));
    await refused(() => asTenant('a', async () => (await layer.items.findOne())?.populate('place')));
    await refused(() => asTenant('a', () => layer.items.find().populate({ path: 'tag', model: 'Place' })));
    await refused(() => asTenant('a', () => layer.items.find().populate('place').cursor().next()));
  });

  it('populate into a model with the plugin reads its own tenant only', async () => {
    const schema = tenantSchema<{ _id: string; tenantId: string; twin?: string }>({
      twin: { type: String, ref: 'Twin' },
    });
    const Twin = layer.database.connection.model('Twin', schema, 'twins');
    await asTenant('b', () => Twin.create({ _id: 'tb' }));
    await asTenant('a', () => Twin.create({ _id: 'ta', twin: 'tb' }));
    const [own] = await asTenant('a', () => Twin.find().populate('twin').lean());
    expect(own?.twin ?? null).toBeNull();
  });
});

describe('batches', () => {
  const inBatch = (work: () => PromiseLike<unknown>) => asTenants(['a', 'b'], 'test.batch', work);

  it('reads and writes with one equality per filter', async () => {
    const found = await inBatch(() =>
      layer.items.find({
        $or: [
          { tenantId: 'a', _id: 'a1' },
          { tenantId: 'b', _id: 'b1' },
        ],
      }),
    );
    expect(found).toHaveLength(2);
    await inBatch(() => layer.items.updateOne({ tenantId: 'b', _id: 'b1' }, { n: 9 }));
    expect((await ofB())[0]).toMatchObject({ n: 9 });
  });

  it.each<[string, () => PromiseLike<unknown>]>([
    ['an open find', () => layer.items.find()],
    ['a find with $in', () => layer.items.find({ tenantId: mongoose.trusted({ $in: ['a', 'b'] }) })],
    ['a tenant outside the set', () => layer.items.find({ tenantId: 'c' })],
    ['an update by $or', () => layer.items.updateMany({ $or: [{ tenantId: 'a' }, { tenantId: 'b' }] }, { n: 9 })],
    ['an insert without tenant', () => layer.items.insertMany([{ _id: 'x', n: 1 }], { lean: true })],
    ['an insert outside the set', () => layer.items.insertMany([{ _id: 'x', tenantId: 'c', n: 1 }])],
    ['an open aggregation', () => layer.items.aggregate([{ $count: 'n' }])],
    [
      'an open $lookup',
      () =>
        layer.items.aggregate([{ $match: { tenantId: 'a' } }, { $lookup: { from: 'items', pipeline: [], as: 'x' } }]),
    ],
  ])('%s is refused', async (_name, work) => {
    await refused(() => inBatch(work));
  });
});
