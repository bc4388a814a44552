// Projections lag behind their events: what a client has just created is looked up again for a moment before it counts as unknown.
import { setTimeout as pause } from 'node:timers/promises';
import { lookAgainCountMax, lookAgainMs, lookAgainPauseMs } from './consumer-limits.ts';

let looking = 0;

/** Repeats `look` until `isFound` or 1 s is over; the last result either way. When too many look again already, it looks once. */
export async function lookAgain<T>(look: () => Promise<T>, isFound: (result: T) => boolean): Promise<T> {
  const deadline = performance.now() + lookAgainMs;
  let result = await look();
  if (isFound(result) || looking >= lookAgainCountMax) return result;
  looking += 1;
  try {
    while (!isFound(result) && performance.now() < deadline) {
      await pause(lookAgainPauseMs);
      result = await look();
    }
    return result;
  } finally {
    looking -= 1;
  }
}
