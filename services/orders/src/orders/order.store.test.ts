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
function bulkError(code: number, concern?: object): Error {
  const result = { insertedCount: 2, getWriteConcernError: () => concern };
  const facts = { message: 'write failed', code, writeErrors: [{ index: 1, code }] };
  const { MongoBulkWriteError } = mongo as unknown as {
    MongoBulkWriteError: new (facts: object, result: object) => Error;
  };
  return new MongoBulkWriteError(facts, result);
}

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
    expect(await failing(new mongo.MongoNetworkError('closed')).insert(documents)).toEqual(Array(3).fill('unknown'));
    await expect(failing(new TypeError('no document')).insert(documents)).rejects.toThrow(TypeError);
  });
});
