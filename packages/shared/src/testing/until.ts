// Waiting for something to become true, without an event to wait for.
// Invariant: bounded, also when a check never answers; when the time is over the error says what was waited for and
// what was seen last.
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock, withTimeout } from '../values/index.ts';

export type UntilOptions = {
  /** What is waited for, in the error: `the order is confirmed`. */
  what: string;
  /** Default 20 s: longer than anything takes on a loaded machine. */
  timeoutMs?: number | undefined;
  /** Pause between two checks. Default 10 ms. */
  everyMs?: number;
};

type Falsy = false | undefined | null | 0 | '';

/** The first truthy answer of `check`; a check that throws (an `expect`, say) counts as not yet. */
export async function until<T>(
  check: () => T | Promise<T>,
  { what, timeoutMs = 20_000, everyMs = 10 }: UntilOptions,
): Promise<Exclude<T, Falsy>> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown = new Error('the check did not answer');
  const late = () => Promise.reject(cause);
  for (;;) {
    const leftMs = Math.max(deadline - performance.now(), 1);
    try {
      const seen = await withTimeout(systemClock, leftMs, answerOf(check), late);
      if (seen) return seen as Exclude<T, Falsy>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      const last = cause instanceof Error ? `: ${cause.message}` : '';
      throw new Error(`waited ${timeoutMs / 1_000} s in vain until ${what}${last}`, { cause });
    }
    await delay(everyMs);
  }
}

async function answerOf<T>(check: () => T | Promise<T>): Promise<T> {
  return check();
}
