// Time and chance as ports, so that a decider stays a pure function and a simulator can drive both.
import { AsyncLocalStorage } from 'node:async_hooks';

/** Uniform in [0, 1). */
export type Random = { next(): number };
export const systemRandom: Random = { next: () => Math.random() };

/** Reading time and waiting for it: production lives in real time, a simulator decides when it passes. */
export type Clock = {
  now(): Date;
  /** Milliseconds since an arbitrary moment; never goes back. */
  monotonicMs(): number;
  /** Calls `work` once after `ms`; the returned function cancels it. */
  after(ms: number, work: () => void): () => void;
  /** Calls `work` in the next turn of the event loop. */
  nextTurn(work: () => void): void;
};

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  after(ms, work) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
  nextTurn: (work) => void setImmediate(work),
};

/** Resolves after `ms`, or at once when the signal aborts; never rejects. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    let cancel = () => {};
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

// Of the moment when this file is loaded, which is on nobody's behalf.
const inNoContext = AsyncLocalStorage.snapshot();

/**
 * Calls `work`, which never rejects, at once and then `ms` after each call has ended, in no request's context; the
 * returned function stops it and waits for a running call.
 */
export function every(clock: Clock, ms: number, work: () => Promise<void>): () => Promise<void> {
  const stop = new AbortController();
  const running = inNoContext(async () => {
    while (!stop.signal.aborted) {
      await work();
      await sleep(clock, ms, stop.signal);
    }
  });
  return async () => {
    stop.abort();
    await running;
  };
}

/**
 * The outcome of `work`, or that of `onTimeout` (which may throw) when it takes longer than `ms`; `work` goes on
 * unheard.
 */
export async function withTimeout<T, R>(
  clock: Clock,
  ms: number,
  work: PromiseLike<T>,
  onTimeout: () => R,
): Promise<Awaited<T> | Awaited<R>> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  try {
    return await Promise.race([work, late.then(onTimeout)]);
  } finally {
    cancel();
  }
}
