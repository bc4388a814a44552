// Decides an adjustment, over levels and documents in memory: nothing here reads, writes or waits.
// Invariants: what is on hand never falls below what is reserved; one key creates one adjustment, whatever its
// request; a refused one changes nothing.
import { onHandMax } from '@holdfast/shared/contracts';
import type { ErrorCode, ProblemExtra } from '@holdfast/shared/errors';
import { type Caller, type Cause, derivedId, type RequestKey } from '@holdfast/shared/values';
import type { StockBook } from '../stock/stock-book.ts';
import type { DocumentKind, StockDocuments } from '../stock/stock-documents.ts';
import { levelIdOf, type StockLevel } from '../stock/stock-level.ts';
import { type Adjustment, type AdjustmentChange, type AdjustmentReason, createdEvent } from './adjustment.ts';

export type AdjustCommand = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  requestKey: RequestKey;
  /** Derived from the caller and the key. */
  adjustmentId: string;
  variantId: string;
  locationId: string;
  change: AdjustmentChange;
  reason: AdjustmentReason;
  note?: string | undefined;
  cause: Cause;
};

export type AdjustResult =
  | { kind: 'applied'; adjustment: Adjustment; replayed: boolean }
  | { kind: 'refused'; code: ErrorCode; extra: ProblemExtra };

/** The documents that it decides on. */
export const adjustmentKind: DocumentKind<Adjustment> = { name: 'adjustments' };

/** The level that a command changes. */
export function adjustedLevelId(command: AdjustCommand): string {
  return levelIdOf(command.caller.tenantId, command.variantId, command.locationId);
}

/** Decides one adjustment; its posting goes into the book, a new adjustment with its event into the documents. */
export function adjustStock(command: AdjustCommand, book: StockBook, documents: StockDocuments): AdjustResult {
  const first = documents.find(adjustmentKind, { tenantId: command.caller.tenantId, id: command.adjustmentId });
  if (first !== undefined) return { kind: 'applied', adjustment: first, replayed: true };
  const level = book.level(adjustedLevelId(command));
  if (level === undefined) return refused('unknown_variant', { variantIds: [command.variantId] });
  const refusal = refusalOf(command.change, level);
  if (refusal !== undefined) return refusal;
  const adjustment = apply(command, level, book);
  documents.write(adjustmentKind, adjustment, [createdEvent(adjustment, command.cause)]);
  return { kind: 'applied', adjustment, replayed: false };
}

const refused = (code: ErrorCode, extra: ProblemExtra = {}): AdjustResult => ({
  kind: 'refused',
  code,
  extra,
});

function deltaOf(change: AdjustmentChange, level: StockLevel): number {
  return change.kind === 'delta' ? change.delta : change.count - level.onHand;
}

function refusalOf(change: AdjustmentChange, level: StockLevel): AdjustResult | undefined {
  if (change.kind === 'count' && change.expectedOnHand !== level.onHand) {
    return refused('count_is_stale', { onHand: level.onHand });
  }
  const onHand = level.onHand + deltaOf(change, level);
  if (level.reserved > 0 && onHand < level.reserved) {
    return refused('would_break_reservations', { onHand: level.onHand, reserved: level.reserved });
  }
  if (onHand < 0 || onHand > onHandMax) return refused('stock_out_of_range', { onHand: level.onHand });
  return undefined;
}

function apply(command: AdjustCommand, level: StockLevel, book: StockBook): Adjustment {
  const { adjustmentId: id, variantId, locationId, change, reason, note } = command;
  const { tenantId, userId: actor } = command.caller;
  const posting = {
    movementId: derivedId('mov', tenantId, id, '1'),
    kind: change.kind === 'delta' ? ('adjustment' as const) : ('count' as const),
    onHandDelta: deltaOf(change, level),
    reservedDelta: 0,
    reason,
    actor,
    reference: { type: 'adjustment' as const, id },
  };
  const movement = book.post(level.id, posting, command.cause);
  return {
    id,
    tenantId,
    variantId,
    locationId,
    change,
    delta: movement.onHandDelta,
    onHandAfter: movement.onHandAfter,
    movementId: movement.id,
    reason,
    ...(note === undefined ? {} : { note }),
    createdBy: actor,
    createdAt: movement.createdAt,
    version: 1,
    creation: { requestHash: command.requestKey.requestHash },
  };
}
