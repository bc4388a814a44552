// Patience: a key is asked about until somebody says what became of it.
import { setTimeout as delay } from 'node:timers/promises';
import type { Attempt } from '@holdfast/checker';
import { patienceMs, retryMs } from './limits.ts';

/** Asks again with the same key while the answer does not tell, and once more after a token was refused. */
export async function untilTold(ask: () => Promise<Attempt>): Promise<Attempt> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const told = await ask();
    const isUndecided = told.operation === 'place' && told.result === 'ok' && told.decision === undefined;
    if (told.result !== 'unknown' && told.status !== 401 && !isUndecided) return told;
    if (performance.now() > deadline) return told;
    await delay(retryMs);
  }
}
