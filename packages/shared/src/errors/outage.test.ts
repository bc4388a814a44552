// Every failure of a store that we tell apart, as its driver shows it.
import { describe, expect, it } from 'vitest';
import { DomainError } from './domain-error.ts';
import { isConflict, isOutage, isUnknownOutcome } from './outage.ts';

type Facts = { name?: string; message?: string; code?: number | string; labels?: string[] };

const thrown = ({ name = 'Error', message = 'x', code, labels }: Facts) =>
  Object.assign(new Error(message), {
    name,
    ...(code === undefined ? {} : { code }),
    ...(labels ? { errorLabelSet: new Set(labels) } : {}),
  });
const server = (code: number, ...labels: string[]) => thrown({ name: 'MongoServerError', code, labels });

const outages: Record<string, Error> = {
  'a refused connection': thrown({ code: 'ECONNREFUSED' }),
  'a name that is not found': thrown({ code: 'ENOTFOUND' }),
  'a time limit of ours': thrown({ name: 'TimeoutError', code: 23 }),
  'a lost connection to MongoDB': thrown({ name: 'MongoNetworkError' }),
  'a lost connection in a transaction': thrown({ name: 'MongoNetworkError', labels: ['TransientTransactionError'] }),
  'no connection free': thrown({ name: 'MongoWaitQueueTimeoutError' }),
  'a client that was closed': thrown({ name: 'MongoClientClosedError' }),
  'a session that ended meanwhile': thrown({ name: 'MongoExpiredSessionError' }),
  'a primary that steps down': server(189, 'RetryableWriteError'),
  'a primary that steps down in a transaction': server(189, 'TransientTransactionError'),
  'no majority in time': server(64),
  'no majority in time, in a bulk': thrown({ name: 'MongoBulkWriteError', code: 64 }),
  'MaxTimeMSExpired (50)': server(50),
  'OutOfDiskSpace (14031)': server(14_031),
  'OutOfDiskSpace in a bulk': thrown({ name: 'MongoBulkWriteError', code: 14_031 }),
  'a commit without an answer': server(251, 'UnknownTransactionCommitResult'),
  'Redis without a connection': thrown({ name: 'MaxRetriesPerRequestError' }),
  'a closed connection of Redis': thrown({ message: 'Connection is closed.' }),
  'a command to Redis that takes too long': thrown({ message: 'Command timed out' }),
  'Redis that still loads': thrown({ name: 'ReplyError', message: 'LOADING Redis is loading the dataset in memory' }),
  'Redis that is full': thrown({ name: 'ReplyError', message: 'OOM command not allowed' }),
};

const conflicts: Record<string, Error> = {
  'WriteConflict (112)': server(112),
  'WriteConflict in a transaction': server(112, 'TransientTransactionError'),
  'WriteConflict that the driver would write again': server(112, 'RetryableWriteError'),
  'WriteConflict in a bulk': thrown({ name: 'MongoBulkWriteError', code: 112 }),
  'NoSuchTransaction (251)': server(251),
  'NoSuchTransaction at a commit': server(251, 'TransientTransactionError'),
  'SnapshotUnavailable in a transaction': server(246, 'TransientTransactionError'),
  'a conditional write of ours that missed': thrown({ name: 'Conflict', code: 'CONFLICT' }),
};

const neither: Record<string, unknown> = {
  'a duplicate': server(11_000),
  'a duplicate in a bulk': thrown({ name: 'MongoBulkWriteError', code: 11_000 }),
  'a document that does not validate': server(121),
  'a wrong operator': thrown({ name: 'MongoInvalidArgumentError' }),
  'a second abort': thrown({ name: 'MongoTransactionError' }),
  'a code of a foreign error': thrown({ code: 112 }),
  'a wrong command to Redis': thrown({ name: 'ReplyError', message: 'WRONGTYPE Operation against a key' }),
  'a refusal of the guard': thrown({ name: 'TenancyViolation', code: 'TENANCY_VIOLATION' }),
  'a mistake of the caller': new DomainError('not_found'),
  'a bug': new TypeError('x is undefined'),
  'a text': 'MongoNetworkError',
};

const kinds = [
  { kind: 'an outage', rows: outages, is: [true, false] },
  { kind: 'a conflict', rows: conflicts, is: [false, true] },
  { kind: 'neither', rows: neither, is: [false, false] },
];
const table = kinds.flatMap(({ kind, rows, is }) =>
  Object.entries(rows).map(([name, error]) => ({ kind, name, error, is })),
);

describe('a failure', () => {
  it.each(table)('$name is $kind, also under a bulk write that was not answered', ({ error, is }) => {
    expect([isOutage(error), isConflict(error)]).toEqual(is);
    const wrapped = thrown({ name: 'MongoBulkWriteError' });
    expect([isOutage(wrapped), isConflict(wrapped)]).toEqual([false, false]);
    Object.assign(wrapped, { errorResponse: error });
    if (error instanceof Error) expect([isOutage(wrapped), isConflict(wrapped)]).toEqual(is);
  });

  it('of a commit leaves its outcome unknown only when nobody answered it', () => {
    expect(isUnknownOutcome(server(251, 'UnknownTransactionCommitResult'))).toBe(true);
    expect(isUnknownOutcome(server(251, 'TransientTransactionError'))).toBe(false);
  });
});
