// How long to wait before asking for the next batch. Invariant: an idle relay never waits, so a lone event is published
// at once; a busy one waits a little, because fewer and larger batches cost MongoDB, Redis and the relay less. One
// whose own database is quiet while others on the server are written polls: a waiting getMore examines each of those
// writes on its own.
import {
  awaitChangesMs,
  foreignPauseMs,
  lingerBatchCount,
  lingerChangeCount,
  lingerMs,
  lingerWindowMs,
} from './limits.ts';
import type { ChangeBatch } from './ports.ts';

/** Milliseconds to pause, and then to let the server wait for a change. */
export interface Wait {
  readonly pauseMs: number;
  readonly awaitMs: number;
}

export interface Linger {
  after(batch: Pick<ChangeBatch, 'changes' | 'upTo'>, nowMs: number): Wait;
}

const calm: Wait = { pauseMs: 0, awaitMs: awaitChangesMs };

/** Counts batches in windows of `lingerWindowMs`; a crowded window or a large batch means load. */
export function createLinger(): Linger {
  let windowStart = 0;
  let inWindow = 0;
  let crowded = false;
  let upTo = '';
  return {
    after(batch, nowMs) {
      const changeCount = batch.changes.length;
      const moved = upTo !== '' && batch.upTo > upTo;
      upTo = batch.upTo;
      const age = nowMs - windowStart;
      if (age >= lingerWindowMs || age < 0) {
        crowded =
          age < 2 * lingerWindowMs && inWindow >= (lingerBatchCount * lingerWindowMs) / Math.max(age, lingerWindowMs);
        windowStart = nowMs;
        inWindow = 0;
      }
      if (changeCount === 0) return moved ? { pauseMs: foreignPauseMs, awaitMs: 1 } : calm;
      inWindow += 1;
      const busy = crowded || inWindow >= lingerBatchCount || changeCount >= lingerChangeCount;
      return busy ? { ...calm, pauseMs: lingerMs } : calm;
    },
  };
}
