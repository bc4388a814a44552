// What a variant has in all locations, from the events of its levels. Each event tells its own level and what the
// others were when it was decided; two writers that decide at the same time do not see each other, so that of each
// level the greatest version counts. Variants at one location are not remembered: their event says everything.
import { boundedMap } from './bounded-map.ts';
import { keyText } from './ids.ts';

export type LevelNumbers = { onHand: number; reserved: number; available: number; version: number };
export type LevelAt = LevelNumbers & { locationId: string };

export type VariantStock = {
  /** The sums over all locations, of the versions too, after an event about one level. */
  add(tenantId: string, variantId: string, level: LevelAt, others: readonly LevelAt[] | undefined): LevelNumbers;
};

/** Remembers at most `max` variants that lie at several locations. */
export function createVariantStock(max: number): VariantStock {
  const known = boundedMap<string, Map<string, LevelNumbers>>({ max });
  return {
    add(tenantId, variantId, level, others = []) {
      const key = keyText(tenantId, variantId);
      const levels = known.get(key) ?? new Map<string, LevelNumbers>();
      for (const { locationId, ...numbers } of [...others, level]) {
        if (numbers.version >= (levels.get(locationId)?.version ?? 0)) levels.set(locationId, numbers);
      }
      if (levels.size > 1) known.set(key, levels);
      const sum = { onHand: 0, reserved: 0, available: 0, version: 0 };
      for (const { onHand, reserved, available, version } of levels.values()) {
        sum.onHand += onHand;
        sum.reserved += reserved;
        sum.available += available;
        sum.version += version;
      }
      return sum;
    },
  };
}
