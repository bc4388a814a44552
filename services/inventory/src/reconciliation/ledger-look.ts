// Walks the movements of levels in their order and compares every step, in constant memory for each level. Pure.
// Invariant: movements after the level's own sequence number are not looked at: the level was read before them.
import type { Movement } from '../stock/movement.ts';
import type { StockLevel } from '../stock/stock-level.ts';

type Numbers = { onHand: number; reserved: number };

/** Movements that are missing, and the balances at both ends. */
export type Gap = { from: number; to: number; before: Numbers; after: Numbers; at: Date };

export type LedgerLook = Numbers & {
  /** Movements that were looked at. */
  movements: number;
  gaps: readonly Gap[];
  /** More is missing than is put back. */
  isTooMuch: boolean;
  /** The first movement whose balance is not the one before it plus what it moves. */
  brokenAt: number | undefined;
};

type Bounds = { gapsMax: number; missingMax: number };

/** A walk over the ledgers of these levels. */
export function walkLedgers(levels: readonly StockLevel[], bounds: Bounds) {
  const walks = new Map(levels.map((level) => [level.id, startWalk(level)]));
  const placeOf = new Map(levels.map((level) => [keyOf(level), level.id]));
  return {
    take(movement: Movement) {
      const id = placeOf.get(keyOf(movement));
      if (id !== undefined) walks.get(id)!.take(movement);
    },
    /** What was found of a level, after its last movement. */
    lookOf(levelId: string): LedgerLook {
      return walks.get(levelId)!.finish(bounds);
    },
  };
}

const keyOf = ({ variantId, locationId }: { variantId: string; locationId: string }) => `${variantId}\n${locationId}`;

function startWalk(level: StockLevel) {
  let at: Numbers = { onHand: 0, reserved: 0 };
  let sequence = 0;
  let time = new Date(0);
  let movements = 0;
  let brokenAt: number | undefined;
  const gaps: Gap[] = [];
  return {
    take(movement: Movement) {
      if (movement.sequence > level.sequence) return;
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
      const after = { onHand: level.onHand, reserved: level.reserved };
      const isShort = sequence < level.sequence;
      const all = isShort ? [...gaps, { from: sequence + 1, to: level.sequence, before: at, after, at: time }] : gaps;
      const missing = all.reduce((sum, { from, to }) => sum + to - from + 1, 0);
      const isTooMuch = all.length > gapsMax || missing > missingMax;
      return { ...(isShort ? after : at), movements, gaps: all.slice(0, gapsMax), isTooMuch, brokenAt };
    },
  };
}
