// Cooldown between two transactions of this process on one level: whoever decides on a level needs a while in which
// nobody else changes it, and the owner of its partition, with all orders of its batch, needs the longest. Fairness
// only; correctness does not depend on it.
import { type Clock, sleep, systemClock } from '@holdfast/shared/values';
import { levelCooldownFactor, levelCooldownMsMax } from '../limits.ts';

export type LevelCooldowns = {
  /** Resolves when none of these levels is cooling down. */
  wait(levelIds: readonly string[]): Promise<void>;
  /**
   * Of levels that were just written: a multiple of what the transaction took,
   * longer the more often it had lost before.
   */
  start(levels: Iterable<{ id: string }>, last: { attempts: number; tookMs: number }): void;
};

export function createLevelCooldowns(clock: Clock = systemClock): LevelCooldowns {
  let untilMs = new Map<string, number>();
  return {
    async wait(levelIds) {
      const now = clock.monotonicMs();
      const waitMs = Math.max(0, ...levelIds.map((id) => (untilMs.get(id) ?? now) - now));
      if (waitMs > 0) await sleep(clock, waitMs);
    },
    start(levels, { attempts, tookMs }) {
      const now = clock.monotonicMs();
      const until = now + Math.min(levelCooldownMsMax, tookMs * levelCooldownFactor * attempts);
      untilMs = new Map([...untilMs].filter(([, before]) => before > now));
      for (const { id } of levels) untilMs.set(id, until);
    },
  };
}
