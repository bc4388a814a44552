// Levels as this process left them. The owner of a partition is nearly their only writer, so a batch usually finds them
// here and needs no read. Invariant: what is here is a guess. Every write names the version it was decided on, and an order
// is refused only on levels that were read in the transaction.
import type { Clock } from '@holdfast/shared/values';
import { knownLevelsMax, levelContestedMs } from '../limits.ts';
import type { StockLevel } from './stock-level.ts';

export type KnownLevels = {
  /** All of these levels, or undefined when one is not known or is contested. */
  find(keys: readonly { tenantId: string; id: string }[]): StockLevel[] | undefined;
  keep(levels: Iterable<StockLevel>): void;
  /** Another writer was faster: these are read for a while, because it may be again. */
  contest(keys: Iterable<{ id: string }>): void;
};

export function createKnownLevels(clock: Pick<Clock, 'now'>): KnownLevels {
  const levels = new Map<string, StockLevel>();
  const contestedUntilMs = new Map<string, number>();
  const nowMs = () => clock.now().getTime();
  const isContested = (id: string) => {
    const until = contestedUntilMs.get(id);
    if (until === undefined) return false;
    if (until > nowMs()) return true;
    contestedUntilMs.delete(id);
    return false;
  };
  return {
    find(keys) {
      const found: StockLevel[] = [];
      for (const { tenantId, id } of keys) {
        const level = levels.get(id);
        if (level?.tenantId !== tenantId || isContested(id)) return undefined;
        found.push(level);
      }
      return found;
    },
    keep(changed) {
      for (const level of changed) {
        if (levels.size >= knownLevelsMax) levels.clear();
        levels.set(level.id, level);
      }
    },
    contest(keys) {
      if (contestedUntilMs.size >= knownLevelsMax) contestedUntilMs.clear();
      for (const { id } of keys) {
        levels.delete(id);
        contestedUntilMs.set(id, nowMs() + levelContestedMs);
      }
    },
  };
}
