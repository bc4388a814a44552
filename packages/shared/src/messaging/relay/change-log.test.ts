// How the adapter names the one failure that is not answered by starting over: the driver's code 286, here as the
// server sends it.
import mongoose from 'mongoose';
import { expect, test } from 'vitest';
import type { Database } from '../../persistence/index.ts';
import { timeText } from '../streams/positions.ts';
import { mongoChangeLog } from './change-log.store.ts';
import { HistoryLost } from './ports.ts';

const { Long, MongoServerError } = mongoose.mongo;

/** A database whose getMore fails with this code; the aggregate succeeds, as it does with batchSize 0. */
function failing(code: number): Pick<Database, 'db' | 'openWatcher'> {
  const command = async (body: object) => {
    if ('getMore' in body) throw new MongoServerError({ message: 'refused', code });
    return { cursor: { id: Long.fromNumber(7), firstBatch: [], postBatchResumeToken: { _data: '82' } } };
  };
  const client = { startSession: () => ({ endSession: async () => {} }) };
  return {
    db: { collection: () => ({}) },
    openWatcher: async () => ({ db: { command }, client, close: async () => {} }),
  } as unknown as Pick<Database, 'db' | 'openWatcher'>;
}

test.for([
  [286, true],
  [43, false],
] as const)('code %i is HistoryLost: %s', async ([code, lost]) => {
  const log = mongoChangeLog({ database: failing(code), domain: 'orders', generation: 'g1' });
  const changes = await log.open(timeText(5, 1));
  const error = await changes.next().catch((failure: unknown) => failure);
  expect(error instanceof HistoryLost).toBe(lost);
  expect(error).toBeInstanceOf(Error);
});
