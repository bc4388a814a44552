// Walks the movements of levels in their order and compares every step, in constant memory for each level. Pure.
// Invariant: movements after the level's own sequence number are not looked at: the level was read before them.
import type { Movement } from '../stock/movement.ts';
import type { StockLevel } from '../stock/stock-level.ts';

type Numbers = { onHand: number; reserved: number };

/** Movements that are missing, and the balances at both ends. */
export type Gap = { from: number; to: number; before: Numbers; after: Numbers; at: Date };

export type LedgerLook = Numbers & {
  /** Of the last movement that there is. */
  sequence: number;
  at: Date;
  /** Movements that were looked at. */
  movements: number;
  gaps: readonly Gap[];
  /** More is missing than is put back. */
  isTooMuch: boolean;
  /** The first movement whose balance is not the one before it plus what it moves. */
  brokenAt: number | undefined;
};

type Bounds = { gapsMax: number; missingMax: number };

/** Where a variant lies. */
export type Place = { variantId: string; locationId: string };

/** A walk over the ledgers of these levels, and over those of which there is no level. */
export function walkLedgers(levels: readonly StockLevel[], bounds: Bounds) {
  const walks = new Map(levels.map((level) => [keyOfPlace(level), startWalk(level)]));
  const orphans = new Map<string, Place>();
  return {
    take(movement: Movement) {
      const { variantId, locationId } = movement;
      const key = keyOfPlace(movement);
      let walk = walks.get(key);
      if (walk === undefined) {
        walk = startWalk(undefined);
        walks.set(key, walk);
        orphans.set(key, { variantId, locationId });
      }
      walk.take(movement);
    },
    /** What was found at a place, after its last movement. */
    lookOf: (place: Place): LedgerLook => (walks.get(keyOfPlace(place)) ?? startWalk(undefined)).finish(bounds),
    /** Where there are movements and no level. */
    orphans: () => [...orphans.values()],
    get orphanCount() {
      return orphans.size;
    },
  };
}

export const keyOfPlace = ({ variantId, locationId }: Place) => `${variantId}\n${locationId}`;

/** Without a level the ledger is as long as it is. */
function startWalk(level: StockLevel | undefined) {
  let at: Numbers = { onHand: 0, reserved: 0 };
  let sequence = 0;
  let time = new Date(0);
  let movements = 0;
  let brokenAt: number | undefined;
  const gaps: Gap[] = [];
  return {
    take(movement: Movement) {
      if (level && movement.sequence > level.sequence) return;
      const { onHandDelta, reservedDelta, onHandAfter, reservedAfter } = movement;
      const before = { onHand: onHandAfter - onHandDelta, reserved: reservedAfter - reservedDelta };
      if (movement.sequence !== sequence + 1) {
        gaps.push({ from: sequence + 1, to: movement.sequence - 1, before: at, after: before, at: time });
      } else if (before.onHand !== at.onHand || before.reserved !== at.reserved) brokenAt ??= movement.sequence;
      at = { onHand: onHandAfter, reserved: reservedAfter };
      ({ sequence, createdAt: time } = movement);
      movements += 1;
    },
    finish({ gapsMax, missingMax }: Bounds): LedgerLook {
      // What is missing at the end is what the level has beyond the last movement.
      const end = level && sequence < level.sequence ? level : undefined;
      const after = end && { onHand: end.onHand, reserved: end.reserved };
      const all = after ? [...gaps, { from: sequence + 1, to: end.sequence, before: at, after, at: time }] : gaps;
      const missing = all.reduce((sum, { from, to }) => sum + to - from + 1, 0);
      const isTooMuch = all.length > gapsMax || missing > missingMax;
      return { ...(after ?? at), sequence, at: time, movements, gaps: all.slice(0, gapsMax), isTooMuch, brokenAt };
    },
  };
}
