// A variant that was created a moment ago may not have its level yet: it is looked for again before it counts as unknown.
import { setTimeout as pause } from 'node:timers/promises';
import { unknownVariantPauseMs, unknownVariantWaitersMax, unknownVariantWaitMs } from './limits.ts';

let waiting = 0;

/** Repeats `look` until it finds something or 1 s is over. When too many wait already, it looks once. */
export async function lookAgain<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  const deadline = performance.now() + unknownVariantWaitMs;
  const first = await look();
  if (first !== undefined || waiting >= unknownVariantWaitersMax) return first;
  waiting += 1;
  try {
    while (performance.now() < deadline) {
      await pause(unknownVariantPauseMs);
      const found = await look();
      if (found !== undefined) return found;
    }
    return undefined;
  } finally {
    waiting -= 1;
  }
}
