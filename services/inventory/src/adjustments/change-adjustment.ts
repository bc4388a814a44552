// Decides corrections of an adjustment and taking it back, over levels and documents in memory.
// Invariants: what was moved stays in the ledger, a change appends the difference, and another reason what was moved
// before; a patch that changes nothing is no change; a refused one changes nothing.
import { DomainError } from '@holdfast/shared/errors';
import type { Cause } from '@holdfast/shared/values';
import { prepareLevel } from '../stock/arrivals.ts';
import type { StockBook } from '../stock/stock-book.ts';
import type { StockDocuments } from '../stock/stock-documents.ts';
import {
  type Adjustment,
  type AdjustmentFields,
  type AdjustmentReason,
  adjustmentKind,
  appliedEvent,
  eventOfChange,
  frozenCreation,
  levelOfAdjustment,
} from './adjustment.ts';
import { postAll, postingsOf } from './move-adjustment.ts';
import { waitFor } from './wait-for-stock.ts';
import { askedFor, type Holders, ordersToAsk, outOfRange } from './withdraw-stock.ts';

export type AdjustmentPatch = {
  delta?: number | undefined;
  count?: number | undefined;
  reason?: AdjustmentReason | undefined;
  /** null removes it. */
  note?: string | null | undefined;
};

export type ChangeAdjustment = {
  tenantId: string;
  id: string;
  actor: string;
  cause: Cause;
  /** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
  expectVersion: (stored: number) => void;
};

type Desk = { book: StockBook; documents: StockDocuments; holders?: Holders | undefined };

/**
 * Corrects it. Throws not_found, stale_version, change_pending, adjustment_ended, adjustment_kind, stock_out_of_range,
 * would_break_reservations, and unknown_location where stock would come to a location that is gone.
 */
export function patchAdjustment(
  command: ChangeAdjustment & { patch: AdjustmentPatch },
  desk: Desk,
  now: Date,
): Adjustment {
  const before = findSettled(command, desk);
  if (before.status !== 'APPLIED') throw new DomainError('adjustment_ended');
  const fields = patched(before, command.patch);
  const { change, delta, reason, note } = before;
  const isSame = fields.change === change && fields.reason === reason && fields.note === note;
  if (isSame) return before;
  return applyChange(before, { change: 'update', difference: fields.delta - delta, fields }, { command, desk, now });
}

/**
 * Takes it back; does nothing to one that is deleted. Throws not_found, stale_version, change_pending,
 * adjustment_ended, stock_out_of_range, would_break_reservations, unknown_location,
 * level_missing.
 */
export function deleteAdjustment(command: ChangeAdjustment, desk: Desk, now: Date): Adjustment {
  const before = findSettled(command, desk);
  if (before.status === 'DELETED') return before;
  if (before.status !== 'APPLIED') throw new DomainError('adjustment_ended');
  const { change, delta, reason, note, moved } = before;
  const fields = { change, delta, reason, note };
  return applyChange(before, { change: 'delete', difference: -moved, fields }, { command, desk, now });
}

function findSettled({ tenantId, id, expectVersion }: ChangeAdjustment, { documents }: Desk): Adjustment {
  const adjustment = documents.find(adjustmentKind, { tenantId, id });
  if (adjustment === undefined) throw new DomainError('not_found');
  expectVersion(adjustment.version);
  if (adjustment.status === 'WAITING') throw new DomainError('change_pending');
  return adjustment;
}

function patched(before: Adjustment, { delta, count, reason, note }: AdjustmentPatch): AdjustmentFields {
  const { change } = before;
  const wanted = { reason: reason ?? before.reason, note: note === undefined ? before.note : (note ?? undefined) };
  if ((delta !== undefined && change.kind !== 'delta') || (count !== undefined && change.kind !== 'count')) {
    throw new DomainError('adjustment_kind');
  }
  if (change.kind === 'delta') {
    if (delta === undefined || delta === change.delta) return { change, delta: before.delta, ...wanted };
    return { change: { kind: 'delta', delta }, delta, ...wanted };
  }
  if (count === undefined || count === change.count) return { change, delta: before.delta, ...wanted };
  return { change: { ...change, count }, delta: before.delta + count - change.count, ...wanted };
}

type Wanted = { change: 'update' | 'delete'; difference: number; fields: AdjustmentFields };

function applyChange(
  before: Adjustment,
  { change, difference, fields }: Wanted,
  { command, desk, now }: { command: ChangeAdjustment; desk: Desk; now: Date },
): Adjustment {
  const { book, documents, holders } = desk;
  const { actor, cause } = command;
  if (difference > 0) prepareLevel(before, book, documents);
  const level = book.level(levelOfAdjustment(before));
  if (level === undefined) throw new DomainError('level_missing', { extra: { variantIds: [before.variantId] } });
  const version = before.version + 1;
  const next: Adjustment = { ...before, version, updatedAt: now, creation: frozenCreation(before) };
  const orderIds =
    difference === 0 ? undefined : ordersToAsk(level, difference, { holders, asked: askedFor(level, documents) });
  if (orderIds !== undefined) {
    const waiting = { change, difference, fields, orderIds, actor, cause };
    return waitFor({ after: next, waiting, level }, desk, now);
  }
  const postings = postingsOf(before, { fields, difference, version, actor }, level);
  if (postings === undefined) throw outOfRange(level);
  const last = postAll(postings, { levelId: level.id, cause }, book);
  const after: Adjustment = { ...next, ...fields, moved: before.moved + difference, ...last };
  if (change === 'delete') after.status = 'DELETED';
  documents.write(adjustmentKind, after, [appliedEvent(after, eventOfChange[change], { difference, cause })]);
  return after;
}
