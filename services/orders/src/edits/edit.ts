// Changing an order before it ships. Pure. What moves no stock applies at once. New quantities are a request to
// inventory like any other: the order changes when they are held, and stays as it was when they are not. An edit that
// nobody answers in time is taken back by asking for the former lines.
// Invariant: what inventory holds for an order is what its lines say, or the order waits for an answer.
import { DomainError } from '@holdfast/shared/errors';
import { reminderAfterMs } from '../limits.ts';
import type { Effect } from '../orders/evolve.ts';
import {
  type Allocation,
  type EditedField,
  frozenPlacement,
  type Metadata,
  type Order,
  type PendingEdit,
  type Shortage,
} from '../orders/order.ts';
import type { Outcome } from '../orders/placement.ts';
import { isPaidEnough } from '../payments/payment.ts';
import { type MergedOrder, type OrderPatch, patched } from './patch.ts';

export type EditEvent =
  | {
      type: 'edit_requested';
      at: Date;
      edit: PendingEdit;
      metadata: Metadata | undefined;
      dueAt: Date;
    }
  | { type: 'edited'; at: Date; actor: string; edit: MergedOrder; editId?: string; allocations?: Allocation[] }
  | { type: 'edit_withdrawn'; at: Date; decideBefore: Date; dueAt: Date }
  | { type: 'edit_rejected'; at: Date; shortages: Shortage[]; allocations?: Allocation[] };

export type EditCommand = {
  id: string;
  actor: string;
  at: Date;
  /** With lines priced; those that the order has already keep their price. */
  patch: OrderPatch;
  /** How long inventory has for an answer. */
  windowMs: number;
};

const editable: Partial<Record<EditedField, readonly Order['status'][]>> = {
  lines: ['AWAITING_PAYMENT', 'CONFIRMED'],
  charges: ['AWAITING_PAYMENT', 'CONFIRMED'],
  shippingAddress: ['AWAITING_PAYMENT', 'CONFIRMED', 'PARTIALLY_SHIPPED'],
};

/**
 * What an edit does; undefined when it changes nothing. Throws change_pending, illegal_transition, and what the merge
 * throws: too_many_metadata_keys, incomplete_address, mixed_currencies, total_too_large, total_negative.
 */
export function decideEdit(order: Order, command: EditCommand): EditEvent | undefined {
  if (order.pending !== null) throw changePending(order);
  const { id, actor, at, patch, windowMs } = command;
  const edit = patched(order, patch);
  const { changed } = edit;
  if (changed.length === 0) return undefined;
  for (const field of changed) assertEditable(order, field);
  if (!changed.includes('lines')) return { type: 'edited', at, actor, edit };
  const { metadata, ...fields } = edit;
  const { dueAt, decideBefore } = waitFrom(at, windowMs);
  return { type: 'edit_requested', at, edit: { ...fields, id, actor, windowMs, decideBefore }, metadata, dueAt };
}

export function changePending({ id }: Pick<Order, 'id'>): DomainError {
  return new DomainError('change_pending', { detail: 'The order waits for stock.', extra: { orderId: id } });
}

function assertEditable({ status }: Order, field: EditedField): void {
  if (editable[field]?.includes(status) !== false) return;
  throw new DomainError('illegal_transition', {
    detail: `The ${field} of an order that is ${status} cannot be changed.`,
    extra: { orderStatus: status, allowed: [] },
  });
}

/** When inventory is asked again, and until when an answer counts. */
function waitFrom(at: Date, windowMs: number) {
  const decideBefore = new Date(at.getTime() + windowMs);
  const remindAt = new Date(at.getTime() + reminderAfterMs);
  return { decideBefore, dueAt: remindAt < decideBefore ? remindAt : decideBefore };
}

/** What inventory's answer to the pending edit does. */
export function decideEditOutcome(order: Order, outcome: Outcome, now: Date): EditEvent | undefined {
  const { edit, editMetadata } = order;
  if (edit === undefined) return undefined;
  if (outcome.kind === 'held') {
    const { allocations } = outcome;
    if (edit.isWithdrawn === true) return { type: 'edit_rejected', at: now, shortages: [], allocations };
    // Held too late: nobody waits for it any more.
    if (now > edit.decideBefore) return decideWithdrawal(edit, now);
    const { id, actor } = edit;
    return { type: 'edited', at: now, actor, edit: { ...edit, metadata: editMetadata }, editId: id, allocations };
  }
  if (edit.isWithdrawn !== true) return { type: 'edit_rejected', at: now, shortages: outcome.shortages };
  // The former lines are gone, so inventory had agreed to the new ones and holds them: they are asked for again.
  const { isWithdrawn: _is, ...again } = edit;
  const { dueAt, decideBefore } = waitFrom(now, edit.windowMs);
  return { type: 'edit_requested', at: now, edit: { ...again, decideBefore }, metadata: editMetadata, dueAt };
}

/** At the end of the window the former lines are asked for; nobody knows what inventory has made of the edit. */
export function decideWithdrawal({ windowMs }: PendingEdit, now: Date): EditEvent {
  return { type: 'edit_withdrawn', at: now, ...waitFrom(now, windowMs) };
}

const answered = { pending: null, dueAt: null, edit: undefined, editMetadata: undefined } as const;

export function effectOfEdit(order: Order, event: EditEvent): Effect {
  const request = order.request + 1;
  const asks = { request, pending: { request, kind: 'edit' }, reminderCount: 0 } as const;
  switch (event.type) {
    case 'edit_requested': {
      const { edit, metadata: editMetadata, dueAt } = event;
      const reason = `asked for: ${edit.changed.join(', ')}`;
      const set = { ...asks, edit, editMetadata, dueAt };
      // Asked for again after a withdrawal that came too late: the entry of the request is there.
      if (order.edit !== undefined) return { set };
      return { set, entry: { event: 'order.edit_requested', actor: edit.actor, reason, editId: edit.id } };
    }
    case 'edit_withdrawn': {
      const { decideBefore, dueAt } = event;
      return { set: { ...asks, edit: { ...order.edit!, isWithdrawn: true, decideBefore }, dueAt } };
    }
    case 'edited': {
      const { actor, edit, editId, allocations } = event;
      const set = {
        ...frozenPlacement(order),
        ...editedFields(edit),
        ...(allocations && { ...answered, allocations }),
      };
      const reason = `changed: ${edit.changed.join(', ')}`;
      const entry = { event: 'order.edited', actor, reason, ...(editId && { editId }) };
      return { set, entry: isPaidNow(order, edit) ? { ...entry, to: 'CONFIRMED' } : entry };
    }
    case 'edit_rejected': {
      const { shortages, allocations = order.allocations } = event;
      const reason = order.edit?.isWithdrawn === true ? 'not decided in time' : 'insufficient stock';
      const entry = { event: 'order.edit_rejected', actor: 'system', reason, shortages };
      return { set: { ...answered, allocations }, entry: { ...entry, editId: order.edit?.id } };
    }
    default:
      return event satisfies never;
  }
}

/** What was paid in part is all that the order costs now. */
function isPaidNow({ status, payment }: Order, { total }: MergedOrder): boolean {
  return status === 'AWAITING_PAYMENT' && isPaidEnough({ payment, total });
}

/** Only the fields that the edit is about. */
function editedFields(edit: MergedOrder): Partial<Order> {
  const set: Partial<Order> = Object.fromEntries(edit.changed.map((field) => [field, edit[field]]));
  return { ...set, total: edit.total };
}
