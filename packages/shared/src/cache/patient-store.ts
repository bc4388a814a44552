// A store that may be down. Invariant: no reader waits for it longer than one time limit per pause. A writer always
// tries: other processes may reach the store, and serve from it what the mark would keep them from.
import { type Clock, withTimeout } from '../values/index.ts';
import type { CacheStore } from './cache-store.ts';
import { commandTimeoutMs, pauseMs } from './limits.ts';

function tookTooLong(): never {
  throw new Error('the cache does not answer');
}

/** The store with a time limit; after a failure every call is refused at once until a pause is over. */
export function patientStore(store: CacheStore, clock: Clock, onOutage: (error: unknown) => void): CacheStore {
  let awayUntilMs = Number.NEGATIVE_INFINITY;
  async function guard<T>(call: () => Promise<T>, isPatient = true): Promise<T> {
    if (isPatient && clock.monotonicMs() < awayUntilMs) throw new Error('the cache is left alone after a failure');
    try {
      return await withTimeout(clock, commandTimeoutMs, call(), tookTooLong);
    } catch (error) {
      awayUntilMs = clock.monotonicMs() + pauseMs;
      onOutage(error);
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
