// What the driver says of a bulk write that was not answered, with its own errors.
import { mongo } from 'mongoose';
import { expect, it } from 'vitest';
import { isConflict, isDuplicateKey, isInfrastructure, underlyingError } from './errors.ts';

const { MongoBulkWriteError } = mongo as unknown as {
  MongoBulkWriteError: new (facts: object, result: object) => Error;
};
const asBulkWrite = (error: object) => new MongoBulkWriteError(error, { insertedCount: 0 });

it('a connection that was lost under a bulk write is an outage', () => {
  const lost = new mongo.MongoNetworkError('read ECONNRESET');
  expect(underlyingError(asBulkWrite(lost))).toBe(lost);
  for (const error of [lost, asBulkWrite(lost)]) {
    expect([isInfrastructure(error), isConflict(error)]).toEqual([true, false]);
  }
});

it('what the server answered of a bulk write stays what it is', () => {
  const refused = asBulkWrite({ message: 'duplicate key', code: 11_000, writeErrors: [{ index: 0, code: 11_000 }] });
  expect(underlyingError(refused)).toBe(refused);
  expect([isInfrastructure(refused), isDuplicateKey(refused)]).toEqual([false, true]);
});
