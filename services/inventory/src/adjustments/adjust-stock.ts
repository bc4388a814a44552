// Decides a new adjustment, over levels and documents in memory: nothing here reads, writes or waits.
// Invariants: what is on hand never falls below what is reserved; one key creates one adjustment, whatever its
// request; a refused one changes nothing.
import { DomainError } from '@holdfast/shared/errors';
import type { Caller, Cause, RequestKey } from '@holdfast/shared/values';
import type { StockBook } from '../stock/stock-book.ts';
import type { StockDocuments } from '../stock/stock-documents.ts';
import { levelIdOf, type StockLevel } from '../stock/stock-level.ts';
import {
  type Adjustment,
  type AdjustmentChange,
  type AdjustmentReason,
  adjustmentKind,
  appliedEvent,
  postingOf,
} from './adjustment.ts';
import { waitFor } from './wait-for-stock.ts';
import { askedFor, type Holders, ordersToAsk } from './withdraw-stock.ts';

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

/** The adjustment as it is now; `replayed`: an earlier request with this key has made it. */
export type AdjustResult = { adjustment: Adjustment; replayed: boolean };

/** The level that a command changes. */
export function adjustedLevelId({ caller: { tenantId }, variantId, locationId }: AdjustCommand): string {
  return levelIdOf(tenantId, variantId, locationId);
}

/**
 * Decides one adjustment. With `holders` what takes reserved stock is stored as WAITING. Throws unknown_variant,
 * count_is_stale, stock_out_of_range, would_break_reservations.
 */
export function adjustStock(
  command: AdjustCommand,
  { book, documents, holders }: { book: StockBook; documents: StockDocuments; holders?: Holders | undefined },
  now: Date,
): AdjustResult {
  const { caller, adjustmentId: id, variantId, change, reason, note, cause } = command;
  const { tenantId, userId: actor } = caller;
  const first = documents.find(adjustmentKind, { tenantId, id });
  if (first !== undefined) return { adjustment: first, replayed: true };
  const level = book.level(adjustedLevelId(command));
  if (level === undefined) throw new DomainError('unknown_variant', { extra: { variantIds: [variantId] } });
  const delta = deltaOf(change, level);
  const orderIds = ordersToAsk(level, delta, { holders, asked: askedFor(level, documents) });
  const fields = { change, delta, reason, ...(note === undefined ? {} : { note }) };
  const blank = blankOf(command, fields, now);
  if (orderIds !== undefined) {
    const waiting = { change: 'create', difference: delta, fields, orderIds, actor, cause } as const;
    return { adjustment: waitFor({ after: blank, waiting, level }, { book, documents }, now), replayed: false };
  }
  const movement = book.post(level.id, postingOf(blank, { version: 1, difference: delta, actor }), cause);
  const { id: movementId, onHandAfter, createdAt } = movement;
  const moved = { moved: delta, onHandAfter, movementId, createdAt, updatedAt: createdAt };
  const adjustment: Adjustment = { ...blank, ...moved, status: 'APPLIED' };
  documents.write(adjustmentKind, adjustment, [appliedEvent(adjustment, 'created', { difference: delta, cause })]);
  return { adjustment, replayed: false };
}

function deltaOf(change: AdjustmentChange, level: StockLevel): number {
  if (change.kind === 'delta') return change.delta;
  if (change.expectedOnHand === level.onHand) return change.count - level.onHand;
  throw new DomainError('count_is_stale', { extra: { onHand: level.onHand } });
}

function blankOf(
  { adjustmentId: id, caller, variantId, locationId, requestKey }: AdjustCommand,
  fields: Pick<Adjustment, 'change' | 'delta' | 'reason' | 'note'>,
  now: Date,
): Adjustment {
  return {
    id,
    tenantId: caller.tenantId,
    variantId,
    locationId,
    ...fields,
    status: 'WAITING',
    moved: 0,
    createdBy: caller.userId,
    createdAt: now,
    updatedAt: now,
    version: 1,
    creation: { requestHash: requestKey.requestHash },
  };
}
