// Sets a level right by its ledger, and what is reserved by the reservations, with a movement that says so. Pure.
// Invariant: it is decided on the level as it was looked at, or not at all.
import { derivedId } from '@holdfast/shared/values';
import type { Movement } from '../stock/movement.ts';
import type { StockBook } from '../stock/stock-book.ts';
import type { StockLevel } from '../stock/stock-level.ts';
import { flawOf } from './difference.ts';
import type { Gap } from './ledger-look.ts';
import type { LevelLook } from './look-at-stock.ts';

export type Repairing = { reconciliationId: string; actor: string };

/** Repairs all that differs of a level; false when it has changed since the look, or needs no repair. */
export function repairLevel(look: LevelLook, book: StockBook, by: Repairing): boolean {
  const { level, ledger, held, isMissing } = look;
  const current = book.level(level.id);
  if (current?.version !== (isMissing ? undefined : level.version) || flawOf(ledger, held) !== undefined) return false;
  if (isMissing) book.restore(level);
  const missing = ledger.gaps.flatMap((gap) => movementsOf(level, gap, by));
  if (missing.length > 0) book.putBack(level.id, missing, {});
  const { onHand, reserved } = ledger;
  const isRight = !isMissing && level.onHand === onHand && level.reserved === reserved && held === reserved;
  if (!isRight) book.correct(level.id, { onHand, reserved }, postingOf(level, held - reserved, by), {});
  return missing.length > 0 || !isRight;
}

function postingOf({ id, tenantId, sequence }: StockLevel, reservedDelta: number, by: Repairing) {
  const { reconciliationId, actor } = by;
  return {
    movementId: derivedId('mov', tenantId, reconciliationId, id, String(sequence + 1)),
    kind:
      reservedDelta === 0 ? ('count' as const) : reservedDelta > 0 ? ('reservation' as const) : ('release' as const),
    onHandDelta: 0,
    reservedDelta,
    reason: 'reconciliation',
    actor,
    reference: { type: 'reconciliation' as const, id: reconciliationId },
  };
}

/** The first takes all that the gap moved; it is not known how that was shared among several. */
function movementsOf({ id, tenantId, variantId, locationId }: StockLevel, gap: Gap, by: Repairing): Movement[] {
  const { reconciliationId, actor } = by;
  return Array.from({ length: gap.to - gap.from + 1 }, (_, n): Movement => {
    const sequence = gap.from + n;
    const onHandDelta = n === 0 ? gap.after.onHand - gap.before.onHand : 0;
    const reservedDelta = n === 0 ? gap.after.reserved - gap.before.reserved : 0;
    return {
      id: derivedId('mov', tenantId, reconciliationId, id, String(sequence)),
      tenantId,
      variantId,
      locationId,
      kind: kindOf(onHandDelta, reservedDelta),
      sequence,
      onHandDelta,
      reservedDelta,
      onHandAfter: gap.after.onHand,
      reservedAfter: gap.after.reserved,
      reason: 'reconciliation',
      actor,
      reference: { type: 'reconciliation', id: reconciliationId },
      createdAt: gap.at,
    };
  });
}

function kindOf(onHandDelta: number, reservedDelta: number): Movement['kind'] {
  if (onHandDelta !== 0) return reservedDelta === 0 ? 'adjustment' : 'shipment';
  if (reservedDelta === 0) return 'count';
  return reservedDelta > 0 ? 'reservation' : 'release';
}
