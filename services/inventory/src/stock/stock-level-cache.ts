// Levels as this process left them, by variant, with the priorities of their locations. The owner of a partition is
// nearly their only writer, so a batch usually finds them here and needs no read.
// Invariant: what is here is a guess. Every write names the version it was decided on, and an order is refused only on
// levels that were read in the transaction. A variant at one location is known until somebody else changes its level,
// which whoever opens another does too (open-at.ts); where there are several, an order need not write the one that has
// changed, so they are known for a while only.
import { boundedMap, type Clock, keyText } from '@holdfast/shared/values';
import { levelContestedMs, severalLevelsMs, stockLevelCacheMax } from '../limits.ts';
import type { StockLevel } from './stock-level.ts';

export type VariantKey = { tenantId: string; variantId: string };
/** Levels of variants, and the priorities of the locations that they lie at. */
export type KnownLevels = { levels: readonly StockLevel[]; priorities: ReadonlyMap<string, number> };

export type StockLevelCache = {
  /** All levels of these variants, or undefined when those of one are not known or contested. */
  find(variants: readonly VariantKey[]): KnownLevels | undefined;
  /** All levels of these variants, as they are stored now; `isRead`: they were just read. */
  keep(variants: readonly VariantKey[], known: KnownLevels, options: { isRead: boolean }): void;
  /** Another writer was faster: these are read for a while, because it may be again. */
  contest(variants: Iterable<VariantKey>): void;
};

type Entry = KnownLevels & { untilMs: number };

export function createStockLevelCache(clock: Pick<Clock, 'monotonicMs'>): StockLevelCache {
  const entries = boundedMap<string, Entry>({ max: stockLevelCacheMax });
  const contested = boundedMap<string, true>({ max: stockLevelCacheMax, ttlMs: levelContestedMs, clock });
  const keyOf = ({ tenantId, variantId }: VariantKey) => keyText(tenantId, variantId);
  return {
    find(variants) {
      const levels: StockLevel[] = [];
      const priorities = new Map<string, number>();
      const nowMs = clock.monotonicMs();
      for (const variant of variants) {
        const key = keyOf(variant);
        const entry = entries.get(key);
        if (!entry || entry.untilMs <= nowMs || contested.has(key)) return undefined;
        levels.push(...entry.levels);
        for (const [locationId, priority] of entry.priorities) priorities.set(locationId, priority);
      }
      return { levels, priorities };
    },
    keep(variants, { levels, priorities }, { isRead }) {
      const byVariant = Map.groupBy(levels, keyOf);
      const freshUntilMs = clock.monotonicMs() + severalLevelsMs;
      for (const variant of variants) {
        const key = keyOf(variant);
        const own = byVariant.get(key) ?? [];
        const readUntilMs = isRead ? freshUntilMs : (entries.peek(key)?.untilMs ?? 0);
        const untilMs = own.length < 2 ? Number.POSITIVE_INFINITY : readUntilMs;
        entries.set(key, { levels: own, priorities, untilMs });
      }
    },
    contest(variants) {
      for (const variant of variants) {
        const key = keyOf(variant);
        entries.delete(key);
        contested.set(key, true);
      }
    },
  };
}
