// Real time for consumers and sweeps. Invariant: repeated work never overlaps itself and keeps no request's context.
import { setTimeout as delay } from 'node:timers/promises';
import { outsideContext } from '../persistence/context.ts';
import type { Timers } from './consumer-ports.ts';

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  // An aborted sleep is over, not failed.
  await delay(ms, undefined, signal ? { signal } : {}).catch(() => {});
}

export const systemTimers: Timers = {
  sleep,
  every(ms, work) {
    const stop = new AbortController();
    const running = outsideContext(async () => {
      while (!stop.signal.aborted) {
        await work();
        await sleep(ms, stop.signal);
      }
    });
    return async () => {
      stop.abort();
      await running;
    };
  },
};
