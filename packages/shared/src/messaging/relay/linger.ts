// How long to wait before asking for the next batch. Invariant: an idle relay never waits, so a lone event is published at once; a busy one
// waits a little, because fewer and larger batches cost MongoDB, Redis and the relay less.
import { lingerBatchCount, lingerChangeCount, lingerMs, lingerWindowMs } from './limits.ts';

export interface Linger {
  /** Milliseconds to wait after a batch of this many changes; 0 when idle. */
  after(changeCount: number, nowMs: number): number;
}

/** Counts batches in windows of `lingerWindowMs`; a crowded window or a large batch means load. */
export function createLinger(): Linger {
  let windowStart = 0;
  let inWindow = 0;
  let crowded = false;
  return {
    after(changeCount, nowMs) {
      const age = nowMs - windowStart;
      if (age >= lingerWindowMs || age < 0) {
        crowded =
          age < 2 * lingerWindowMs && inWindow >= (lingerBatchCount * lingerWindowMs) / Math.max(age, lingerWindowMs);
        windowStart = nowMs;
        inWindow = 0;
      }
      if (changeCount === 0) return 0;
      inWindow += 1;
      return crowded || inWindow >= lingerBatchCount || changeCount >= lingerChangeCount ? lingerMs : 0;
    },
  };
}
