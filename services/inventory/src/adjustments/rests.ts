// Pauses between two transactions of this process on one level. Whoever decides on a level needs a while in which nobody else changes
// it; the owner of its partition needs the longest, with all orders of its batch. Only politeness: no order depends on it for being right.
import { type Clock, sleep, systemClock } from '@holdfast/shared/values';
import { levelRestMsMax, levelRestTimes } from '../limits.ts';

export type Rests = {
  /** Resolves when none of these levels rests any more. */
  over(levelIds: readonly string[]): Promise<void>;
  /** These were just written: they rest for some times as long as the transaction took, longer the more often it had lost before. */
  begin(levels: Iterable<{ id: string }>, last: { attempts: number; tookMs: number }): void;
};

export function createRests(clock: Clock = systemClock): Rests {
  let untilMs = new Map<string, number>();
  return {
    async over(levelIds) {
      const now = clock.monotonicMs();
      const waitMs = Math.max(0, ...levelIds.map((id) => (untilMs.get(id) ?? now) - now));
      if (waitMs > 0) await sleep(clock, waitMs);
    },
    begin(levels, { attempts, tookMs }) {
      const now = clock.monotonicMs();
      const until = now + Math.min(levelRestMsMax, tookMs * levelRestTimes * attempts);
      untilMs = new Map([...untilMs].filter(([, before]) => before > now));
      for (const { id } of levels) untilMs.set(id, until);
    },
  };
}
