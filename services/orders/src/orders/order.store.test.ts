// What a failed insert of several orders says about each of them, with the driver's own errors.
import type { Database } from '@holdfast/shared/persistence';
import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { type OrderDocument, openOrderStore } from './order.store.ts';

const documents = ['ord_1', 'ord_2', 'ord_3'].map((_id) => ({ _id, tenantId: 'ten_a' }) as OrderDocument);

/** A store whose insert fails like this. */
function failing(error: Error) {
  const insertMany = async () => {
    throw error;
  };
  const collection = { insertMany };
  return openOrderStore({
    db: { collection: () => collection },
    connection: { model: () => undefined },
  } as unknown as Database);
}

/** A bulk write of which the second operation failed with this code; `concern`: what the majority did not say. */
function bulkError(code: number, concern?: object, insertedCount = 2): Error {
  const result = { insertedCount, getWriteConcernError: () => concern };
  const facts = { message: 'write failed', code, writeErrors: [{ index: 1, code }] };
  return new MongoBulkWriteError(facts, result);
}

/** How the driver shows what it did not get an answer to. */
function asDriver(error: Error): Error {
  return new MongoBulkWriteError(error, { insertedCount: 0, getWriteConcernError: () => undefined });
}

const { MongoBulkWriteError } = mongo as unknown as {
  MongoBulkWriteError: new (facts: object, result: object) => Error;
};

describe('an insert', () => {
  it('tells orders that were there before from those that were not stored for another reason', async () => {
    expect(await failing(bulkError(11_000)).insert(documents)).toEqual(['inserted', 'exists', 'inserted']);
    expect(await failing(bulkError(10_334)).insert(documents)).toEqual(['inserted', 'unknown', 'inserted']);
  });

  it('without the word of a majority is unknown, also of those that did not fail', async () => {
    const results = await failing(bulkError(11_000, { code: 64 })).insert(documents);
    expect(results).toEqual(['unknown', 'exists', 'unknown']);
  });

  it('that was not answered is unknown; what was thrown before anything was sent is thrown', async () => {
    const lost = new mongo.MongoNetworkError('closed');
    const moved = new mongo.MongoServerError({ message: 'not primary', code: 10_107 });
    expect(await failing(asDriver(moved)).insert(documents)).toEqual(Array(3).fill('unknown'));
    const unsendable = new TypeError('no document');
    for (const wrap of [(error: Error) => error, asDriver]) {
      expect(await failing(wrap(lost)).insert(documents)).toEqual(Array(3).fill('unknown'));
      await expect(failing(wrap(unsendable)).insert(documents)).rejects.toThrow(TypeError);
    }
  });

  it('of which the answer covers only a part is unknown, but for what was there before', async () => {
    const results = await failing(bulkError(11_000, undefined, 1)).insert(documents);
    expect(results).toEqual(['unknown', 'exists', 'unknown']);
  });
});
