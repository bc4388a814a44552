// Levels as this process left them. The owner of a partition is nearly their only writer, so a batch usually finds them
// here and needs no read. Invariant: what is here is a guess. Every write names the version it was decided on, and an
// order is refused only on levels that were read in the transaction.
import { boundedMap, type Clock } from '@holdfast/shared/values';
import { levelContestedMs, stockLevelCacheMax } from '../limits.ts';
import type { StockLevel } from './stock-level.ts';

export type StockLevelCache = {
  /** All of these levels, or undefined when one is not cached or is contested. */
  find(keys: readonly { tenantId: string; id: string }[]): StockLevel[] | undefined;
  keep(levels: Iterable<StockLevel>): void;
  /** Another writer was faster: these are read for a while, because it may be again. */
  contest(keys: Iterable<{ id: string }>): void;
};

export function createStockLevelCache(clock: Pick<Clock, 'monotonicMs'>): StockLevelCache {
  const levels = boundedMap<string, StockLevel>({ max: stockLevelCacheMax });
  const contested = boundedMap<string, true>({ max: stockLevelCacheMax, ttlMs: levelContestedMs, clock });
  return {
    find(keys) {
      const found: StockLevel[] = [];
      for (const { tenantId, id } of keys) {
        const level = levels.get(id);
        if (level?.tenantId !== tenantId || contested.has(id)) return undefined;
        found.push(level);
      }
      return found;
    },
    keep(changed) {
      for (const level of changed) levels.set(level.id, level);
    },
    contest(keys) {
      for (const { id } of keys) {
        levels.delete(id);
        contested.set(id, true);
      }
    },
  };
}
