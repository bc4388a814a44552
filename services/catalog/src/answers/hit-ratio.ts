// The share of hits among the reads of the last minutes, for people who look at one process.
import type { Clock } from '@holdfast/shared/values';
import { ratioHalfLifeMs } from '../limits.ts';

/** Counts that are halved once in `ratioHalfLifeMs`, so that the past fades. */
export function createHitRatio(clock: Pick<Clock, 'monotonicMs'>) {
  let [hits, reads, halvedAtMs] = [0, 0, clock.monotonicMs()];
  return {
    add(isHit: boolean): void {
      const nowMs = clock.monotonicMs();
      if (nowMs - halvedAtMs >= ratioHalfLifeMs) {
        const share = 0.5 ** Math.floor((nowMs - halvedAtMs) / ratioHalfLifeMs);
        [hits, reads, halvedAtMs] = [hits * share, reads * share, nowMs];
      }
      reads += 1;
      if (isHit) hits += 1;
    },
    /** 1 while nothing was read. */
    value: (): number => (reads === 0 ? 1 : hits / reads),
  };
}
