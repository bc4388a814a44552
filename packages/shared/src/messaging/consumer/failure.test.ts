import { mongo } from 'mongoose';
import { expect, it } from 'vitest';
import { DomainError } from '../../errors/index.ts';
import { failureOf } from './failure.ts';

it('a connection that is lost is never the fault of an event, however the driver shows it', () => {
  const lost = new mongo.MongoNetworkError('read ECONNRESET');
  const { MongoBulkWriteError } = mongo as unknown as {
    MongoBulkWriteError: new (error: Error, result: object) => Error;
  };
  const away = [lost, new MongoBulkWriteError(lost, { insertedCount: 0 }), new DomainError('unavailable')];
  expect(away.map(failureOf)).toEqual(away.map(() => 'infrastructure'));
  expect([new DomainError('not_found'), new TypeError('x is undefined')].map(failureOf)).toEqual([
    'deterministic',
    'deterministic',
  ]);
});
