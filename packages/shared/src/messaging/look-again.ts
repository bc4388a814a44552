// Projections lag behind their events: what a client has just created is looked up again for a moment before it counts as unknown.
import { type Clock, sleep, systemClock } from '../values/index.ts';
import { lookAgainCountMax, lookAgainMs, lookAgainPauseMs } from './consumer-limits.ts';

/** By clock, of which a process has one: how many look again now. */
const lookingBy = new WeakMap<Clock, number>();

/** Repeats `look` until `isFound` or 1 s is over; the last result either way. When too many look again already, it looks once. */
export async function lookAgain<T>(
  look: () => Promise<T>,
  isFound: (result: T) => boolean,
  clock: Clock = systemClock,
): Promise<T> {
  const deadline = clock.monotonicMs() + lookAgainMs;
  let result = await look();
  const looking = (change: number) => {
    const count = (lookingBy.get(clock) ?? 0) + change;
    lookingBy.set(clock, count);
    return count;
  };
  if (isFound(result) || looking(0) >= lookAgainCountMax) return result;
  looking(1);
  try {
    while (!isFound(result) && clock.monotonicMs() < deadline) {
      await sleep(clock, lookAgainPauseMs);
      result = await look();
    }
    return result;
  } finally {
    looking(-1);
  }
}
