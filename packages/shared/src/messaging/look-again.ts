// Projections lag behind their events: what a client has just created is looked up again for a moment before it counts as unknown.
import { type Pacing, pause, systemPacing } from '../values/index.ts';
import { lookAgainCountMax, lookAgainMs, lookAgainPauseMs } from './consumer-limits.ts';

let looking = 0;

/** Repeats `look` until `isFound` or 1 s is over; the last result either way. When too many look again already, it looks once. */
export async function lookAgain<T>(
  look: () => Promise<T>,
  isFound: (result: T) => boolean,
  pacing: Pacing = systemPacing,
): Promise<T> {
  const deadline = pacing.monotonicMs() + lookAgainMs;
  let result = await look();
  if (isFound(result) || looking >= lookAgainCountMax) return result;
  looking += 1;
  try {
    while (!isFound(result) && pacing.monotonicMs() < deadline) {
      await pause(pacing, lookAgainPauseMs);
      result = await look();
    }
    return result;
  } finally {
    looking -= 1;
  }
}
