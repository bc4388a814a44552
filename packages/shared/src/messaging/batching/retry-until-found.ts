// Projections lag behind their events: what a client has just created is looked up for a moment before it counts as
// unknown.
import { type Clock, sleep, systemClock } from '../../values/index.ts';
import { retryCountMax, retryPauseMs, retryUntilFoundMs } from './limits.ts';

/** By clock, of which a process has one: how many lookups are being retried. */
const retrying = new WeakMap<Clock, number>();

/**
 * Repeats `find` until `isFound` or 1 s is over; the last result either way. When too many are being retried already,
 * it is called once.
 */
export async function retryUntilFound<T>(
  find: () => Promise<T>,
  isFound: (result: T) => boolean,
  clock: Clock = systemClock,
): Promise<T> {
  const deadline = clock.monotonicMs() + retryUntilFoundMs;
  let result = await find();
  const count = (change: number) => {
    const sum = (retrying.get(clock) ?? 0) + change;
    retrying.set(clock, sum);
    return sum;
  };
  if (isFound(result) || count(0) >= retryCountMax) return result;
  count(1);
  try {
    while (!isFound(result) && clock.monotonicMs() < deadline) {
      await sleep(clock, retryPauseMs);
      result = await find();
    }
    return result;
  } finally {
    count(-1);
  }
}
