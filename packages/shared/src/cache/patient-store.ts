// A store that may be down. Invariant: no reader waits for it longer than one time limit, and after a few failures in a
// row none does until a pause is over. A writer always tries: other processes may reach the store, and serve from it
// what the mark would keep them from.
import { type Clock, withTimeout } from '../values/index.ts';
import type { CacheStore } from './cache-store.ts';
import { commandTimeoutMs, failuresMax, pauseMs } from './limits.ts';

const tooLate = Symbol('too late');

/** The store with a time limit; after failures in a row readers are refused at once until a pause is over. */
export function patientStore(store: CacheStore, clock: Clock, onOutage: (error: unknown) => void): CacheStore {
  let downUntilMs = Number.NEGATIVE_INFINITY;
  let failures = 0;

  async function inTime<T>(calling: Promise<T>): Promise<T> {
    const early = await withTimeout(clock, commandTimeoutMs, calling, () => tooLate);
    if (early !== tooLate) return early as T;
    // This process may have been busy, and the answer be there unread: that is looked at once.
    const turn = new Promise<typeof tooLate>((resolve) => clock.nextTurn(() => resolve(tooLate)));
    const late = await Promise.race([calling, turn]);
    if (late === tooLate) throw new Error('the cache does not answer');
    return late as T;
  }

  async function guard<T>(call: () => Promise<T>, isPatient = true): Promise<T> {
    if (isPatient && clock.monotonicMs() < downUntilMs) throw new Error('the cache is left alone after failures');
    try {
      const result = await inTime(call());
      failures = 0;
      return result;
    } catch (error) {
      failures += 1;
      if (failures >= failuresMax) {
        if (clock.monotonicMs() >= downUntilMs) onOutage(error);
        downUntilMs = clock.monotonicMs() + pauseMs;
      }
      throw error;
    }
  }
  return {
    read: (...asked) => guard(() => store.read(...asked)),
    keep: (...kept) => guard(() => store.keep(...kept)),
    mark: (...marked) => guard(() => store.mark(...marked), false),
    settle: (...settled) => guard(() => store.settle(...settled), false),
    tell: (...told) => guard(() => store.tell(...told)),
    renew: (...renewed) => guard(() => store.renew(...renewed)),
  };
}
