// Projections lag behind their events: what a client has just created is looked up again for a moment before it counts as unknown.
import { setTimeout as pause } from 'node:timers/promises';
import { projectionLagMs, projectionRetryMs } from '../limits.ts';

/** Repeats `look` until it is satisfied or 1 s is over; the last result either way. */
export async function lookAgain<T>(look: () => Promise<T>, isComplete: (result: T) => boolean): Promise<T> {
  const deadline = performance.now() + projectionLagMs;
  for (;;) {
    const result = await look();
    if (isComplete(result) || performance.now() >= deadline) return result;
    await pause(projectionRetryMs);
  }
}
