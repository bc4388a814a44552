// One transaction with bounded retry.
// Invariant: work runs at most once per committed transaction and always from its first read again;
// nothing commits after a tenancy refusal, even if the work caught it.
import type { mongo } from 'mongoose';
import { isConflict, isUnknownOutcome } from '../errors/index.ts';
import { type Clock, sleep, systemClock } from '../values/index.ts';
import { isTenancyViolation } from './errors.ts';
import {
  transactionAttemptsMax,
  transactionBackoffMaxMs,
  transactionBackoffMs,
  transactionTimeLimitMs,
} from './limits.ts';
import { failOnRefusal } from './refusal.ts';

export interface TransactionOptions {
  /** A session to reuse; it is never ended here. Without it one is opened and ended. */
  session?: mongo.ClientSession;
  /** Time for all attempts together, in milliseconds; 0 means one attempt. Default 5,000. */
  timeLimitMs?: number;
  /** Source of the jitter, in [0, 1). */
  random?: { next(): number };
  /** How time passes between attempts; default real time. */
  clock?: Clock;
}

const settings: mongo.TransactionOptions = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority', journal: true },
  readPreference: 'primary',
};

/**
 * Runs work in one transaction and commits it with w:majority, journaled.
 * Lost races (write conflicts, `Conflict`, transactions ended by the server) run the whole work again with jitter
 * until `timeLimitMs` is over; then, and for any other error, the error of the last attempt is thrown.
 * Throws TenancyViolation if a refusal happened inside, whether or not work caught it.
 */
export async function inTransaction<T>(
  database: { client: mongo.MongoClient },
  work: (session: mongo.ClientSession) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const session = options.session ?? database.client.startSession();
  const random = options.random ?? { next: Math.random };
  const clock = options.clock ?? systemClock;
  const deadline = clock.monotonicMs() + (options.timeLimitMs ?? transactionTimeLimitMs);
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await attemptOnce(session, work, { clock, deadline });
      } catch (error) {
        const again = isRetryable(error) && attempt < transactionAttemptsMax && clock.monotonicMs() < deadline;
        if (!again) throw error;
        await sleep(clock, backoffMs(attempt, random));
      }
    }
  } finally {
    if (options.session === undefined) await session.endSession();
  }
}

interface TimeLimit {
  readonly clock: Clock;
  /** By `clock.monotonicMs()`. */
  readonly deadline: number;
}

async function attemptOnce<T>(
  session: mongo.ClientSession,
  work: (session: mongo.ClientSession) => Promise<T>,
  limit: TimeLimit,
): Promise<T> {
  session.startTransaction(settings);
  try {
    const result = await failOnRefusal(() => work(session));
    if (!session.inTransaction()) throw new Error('work must leave committing and aborting to inTransaction');
    await commit(session, limit);
    return result;
  } catch (error) {
    // A failed abort leaves the transaction to the server's lifetime limit; the first error is the one to report.
    if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
    throw error;
  }
}

// An unknown commit is sent again, never run again: the first one may have been applied.
async function commit(session: mongo.ClientSession, { clock, deadline }: TimeLimit): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      const late = attempt >= transactionAttemptsMax || clock.monotonicMs() >= deadline;
      if (!isUnknownOutcome(error) || late) throw error;
      await sleep(clock, transactionBackoffMs);
    }
  }
}

function isRetryable(error: unknown): boolean {
  if (isTenancyViolation(error) || isUnknownOutcome(error)) return false;
  return isConflict(error) || isTransient(error);
}

function isTransient(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('hasErrorLabel' in error)) return false;
  return typeof error.hasErrorLabel === 'function' && error.hasErrorLabel('TransientTransactionError') === true;
}

function backoffMs(attempt: number, random: { next(): number }): number {
  const ceiling = Math.min(transactionBackoffMaxMs, transactionBackoffMs * 2 ** Math.min(attempt, 16));
  return random.next() * ceiling;
}
