// What happens to an order, and what each event makes of it. Pure. The one place where an order gets a new version.
// A feature adds its events to the union, and a case that leaves their effect to a function of its own.
import type { OrderStatus } from '@holdfast/shared/contracts';
import { type ArchiveEvent, effectOfArchive } from '../archive/archive.ts';
import { type EditEvent, effectOfEdit } from '../edits/edit.ts';
import { effectOfReallocation, type ReallocationEvent } from '../fulfilments/reallocation.ts';
import { effectOfFulfilment, type FulfilmentEvent } from '../fulfilments/shipping.ts';
import { withRefundDue } from '../payments/payment.ts';
import { effectOfPayment, held, type PaymentEvent } from '../payments/payment-events.ts';
import { effectOfReturn } from '../returns/return-events.ts';
import type { ReturnEvent } from '../returns/returning.ts';
import type { stockWithdrawn } from './cancellation.ts';
import { erased } from './erasure.ts';
import {
  type Allocation,
  type Decision,
  holdingStatuses,
  type Order,
  type Shortage,
  type TimelineEntry,
  type TimelineKey,
} from './order.ts';

/** What happened to an order. */
export type OrderEvent =
  | { type: 'confirmed'; at: Date; allocations: Allocation[] }
  | { type: 'rejected'; at: Date; shortages: Shortage[] }
  | {
      type: 'cancelled';
      at: Date;
      cause: 'requested' | 'undecided' | typeof stockWithdrawn;
      reason: string;
      actor: string;
    }
  | { type: 'reminded'; at: Date; nextDueAt: Date }
  | { type: 'demanded'; at: Date }
  | { type: 'erased'; at: Date }
  | FulfilmentEvent
  | ReallocationEvent
  | PaymentEvent
  | ReturnEvent
  | EditEvent
  | ArchiveEvent;

/** What an event makes of an order: fields that it sets, and the entry that it leaves in the timeline. */
export type Effect = {
  set?: Partial<Order>;
  /** Without `to` the order stays in its state. */
  entry?: { to?: OrderStatus; event: string; actor: string; reason: string } & Pick<
    TimelineEntry,
    'editId' | 'shortages'
  >;
};

/**
 * The order after an event. `key` names the timeline entry where the event makes one. A new state awaits nothing
 * but what the event says; the first one after PENDING is the placement decision.
 */
export function evolve(order: Order, event: OrderEvent, key: TimelineKey): Order {
  const { set, entry } = effectOf(order, event);
  const { at } = event;
  const version = order.version + 1;
  const to = entry?.to ?? order.status;
  const isDecided = order.decision === null && to !== 'PENDING';
  const made = entry && { ...key, at, from: order.status, ...entry, to };
  const after = withRefundDue({
    ...order,
    ...(to === order.status ? {} : awaitedIn(to, order)),
    status: to,
    timeline: made ? [...order.timeline, made] : order.timeline,
    ...set,
    version,
    updatedAt: at,
  });
  return isDecided ? { ...after, decision: decisionOf(after) } : after;
}

/**
 * A new state awaits nothing, but for an edit that inventory has not answered while the order still holds stock. An
 * archived order goes on when a late payment revives it.
 */
function awaitedIn(to: OrderStatus, { pending }: Order): Partial<Order> {
  const isEdited = pending?.kind === 'edit' && holdingStatuses.includes(to);
  const nothing = { isArchived: undefined, pending: null, dueAt: null, edit: undefined, editMetadata: undefined };
  return isEdited ? { expiresAt: undefined } : { ...nothing, expiresAt: undefined };
}

function decisionOf({ status, updatedAt: at, version, payment, expiresAt }: Order): Decision {
  return { status, at, version, ...(payment && { payment }), ...(expiresAt && { expiresAt }) };
}

function effectOf(order: Order, event: OrderEvent): Effect {
  switch (event.type) {
    case 'confirmed': {
      const entry = { event: 'order.confirmed', actor: 'system', reason: 'stock reserved' };
      return { entry: { to: 'CONFIRMED', ...entry }, set: held(order, event.allocations) };
    }
    case 'rejected': {
      const entry = { event: 'order.rejected', actor: 'system', reason: 'insufficient stock' };
      return { entry: { to: 'REJECTED', ...entry }, set: { shortages: event.shortages } };
    }
    case 'cancelled': {
      const { actor, reason } = event;
      const set = { request: order.request + 1, cancelReason: reason };
      return { entry: { to: 'CANCELLED', event: 'order.cancelled', actor, reason }, set };
    }
    case 'erased':
      return { set: erased(order) };
    case 'reminded':
      return { set: { dueAt: event.nextDueAt, reminderCount: order.reminderCount + 1 } };
    case 'demanded':
      return { set: { request: order.request + 1 } };
    case 'shipped':
    case 'corrected':
    case 'delivered':
    case 'rest_cancelled':
      return effectOfFulfilment(order, event);
    case 'reallocated':
      return effectOfReallocation(order, event);
    case 'awaiting_payment':
    case 'expired':
    case 'payment_recorded':
    case 'payment_repeated':
      return effectOfPayment(order, event);
    case 'return_changed':
      return effectOfReturn(order, event);
    case 'edit_requested':
    case 'edited':
    case 'edit_withdrawn':
    case 'edit_rejected':
      return effectOfEdit(order, event);
    case 'archived':
      return effectOfArchive(event);
    default:
      return event satisfies never;
  }
}
