// Outages with the driver's own errors: errors/outage.ts knows them by name only, so a new version must not bring one
// that it does not know.
import { mongo } from 'mongoose';
import { expect, it } from 'vitest';
import { isConflict, isOutage, underlyingError } from '../errors/index.ts';
import { isDuplicateKey } from './errors.ts';

const { MongoBulkWriteError } = mongo as unknown as {
  MongoBulkWriteError: new (facts: object, result: object) => Error;
};
const asBulkWrite = (error: object) => new MongoBulkWriteError(error, { insertedCount: 0 });

/** Bugs of ours, answers of the server about its data, and what we do not use. */
const noOutages = [
  /^MongoCrypt/,
  /^Mongo(AWS|Azure|GCP|Kerberos|OIDC|GridFSChunk|GridFSStream|TailableCursor)Error$/,
  /^Mongo(API|Driver|Runtime|Server|)Error$/,
  /^Mongo(BatchReExecution|BulkWrite|ClientBulkWrite|ClientBulkWriteCursor|ClientBulkWriteExecution|ChangeStream)Error$/,
  /^Mongo(Compatibility|CursorExhausted|CursorInUse|Decompression|InvalidArgument|MissingCredentials)Error$/,
  /^Mongo(MissingDependency|Parse|Transaction|UnexpectedServerResponse)Error$/,
];

it('every error of the driver is an outage by its name, or known as none', () => {
  const errors = Object.entries(mongo).filter(([name]) => /^Mongo.*Error$/.test(name));
  expect(errors.length).toBeGreaterThan(40);
  const unknown = errors.filter(([, error]) => {
    const { name } = (error as { prototype: Error }).prototype;
    const isKnownOutage = isOutage(Object.assign(new Error('x'), { name }));
    return isKnownOutage === noOutages.some((pattern) => pattern.test(name));
  });
  expect(unknown.map(([name]) => name)).toEqual([]);
});

it('a connection that was lost under a bulk write is an outage', () => {
  const lost = new mongo.MongoNetworkError('read ECONNRESET');
  expect(underlyingError(asBulkWrite(lost))).toBe(lost);
  for (const error of [lost, asBulkWrite(lost)]) {
    expect([isOutage(error), isConflict(error)]).toEqual([true, false]);
  }
});

it('what the server answered of a bulk write stays what it is', () => {
  const refused = asBulkWrite({ message: 'duplicate key', code: 11_000, writeErrors: [{ index: 0, code: 11_000 }] });
  expect(underlyingError(refused)).toBe(refused);
  expect([isOutage(refused), isDuplicateKey(refused)]).toEqual([false, true]);
});

it('labels are read as the driver sets them', () => {
  const error = new mongo.MongoServerError({ message: 'x', code: 246, errorLabels: ['TransientTransactionError'] });
  expect([isOutage(error), isConflict(error)]).toEqual([false, true]);
});
