// Decides a batch of adjustments in their order, over levels in memory: nothing here reads, writes or waits.
// Invariants: what is on hand never falls below what is reserved; one key creates one adjustment, whatever its
// request; a refused one changes nothing.
import { type DomainEvent, onHandMax } from '@holdfast/shared/contracts';
import type { ErrorCode, ProblemExtra } from '@holdfast/shared/errors';
import { type Caller, type Cause, derivedId, keyText, type RequestKey } from '@holdfast/shared/values';
import type { StockBook } from '../stock/stock-book.ts';
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

export type NewAdjustment = { after: Adjustment; events: [DomainEvent] };

/** The level that a command changes. */
export function adjustedLevelId(command: AdjustCommand): string {
  return levelIdOf(command.caller.tenantId, command.variantId, command.locationId);
}

/** Decides commands one after the other; one result per command, in their order. Postings go into the book. */
export function adjustStock(
  commands: readonly AdjustCommand[],
  book: StockBook,
  stored: ReadonlyMap<string, Adjustment>,
): { results: AdjustResult[]; created: NewAdjustment[] } {
  const known = new Map(stored);
  const created: NewAdjustment[] = [];
  const results = commands.map((command): AdjustResult => {
    const key = keyText(command.caller.tenantId, command.adjustmentId);
    const first = known.get(key);
    if (first !== undefined) return { kind: 'applied', adjustment: first, replayed: true };
    const level = book.level(adjustedLevelId(command));
    if (level === undefined) return refused('unknown_variant', { variantIds: [command.variantId] });
    const refusal = refusalOf(command.change, level);
    if (refusal !== undefined) return refusal;
    const adjustment = apply(command, level, book);
    known.set(key, adjustment);
    created.push({ after: adjustment, events: [createdEvent(adjustment, command.cause)] });
    return { kind: 'applied', adjustment, replayed: false };
  });
  return { results, created };
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
