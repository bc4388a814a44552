// The events that a change of an order publishes. They name ids, quantities, money and status; never an address,
// note or metadata.
import {
  type DomainEvent,
  makeEvent,
  orderArchived,
  orderAwaitingPayment,
  orderCancelled,
  orderConfirmed,
  orderEdited,
  orderEditRejected,
  orderEditRequested,
  orderErased,
  orderExpired,
  orderPlaced,
  orderRejected,
  orderSnapshot,
} from '@holdfast/shared/contracts';
import type { Stamp } from '@holdfast/shared/values';
import { fulfilmentsOf } from '../fulfilments/fulfilment.ts';
import { fulfilmentEvents } from '../fulfilments/fulfilment-events.ts';
import { paymentRecordedEvent, paymentRepeatedEvent, refundDueEvents } from '../payments/payment-publishing.ts';
import { returnsOf } from '../returns/return.ts';
import { returnEvents } from '../returns/return-events.ts';
import type { OrderEvent } from './evolve.ts';
import { askedLines, demandedLines, type Order } from './order.ts';

/** The time of an event is that of the change. */
type Origin = Omit<Stamp, 'now'>;

/** The event of a new order. */
export function placedEvent(order: Order, origin: Origin): DomainEvent {
  const data = { ...change(order, null), lines: demand(order), total: order.total };
  return makeEvent(orderPlaced, order, stampOf(order, origin), data);
}

/** What is published of an event, in this order, given the order before and after it. Never nothing. */
export function toDomainEvents(event: OrderEvent, before: Order, after: Order, origin: Origin): DomainEvent[] {
  const facts = { about: change(after, before.status), stamp: stampOf(after, origin) };
  return [...eventsOf(event, before, after, origin), ...refundDueEvents(event, before, after, facts)];
}

function eventsOf(event: OrderEvent, before: Order, after: Order, origin: Origin): DomainEvent[] {
  const stamp = stampOf(after, origin);
  const about = change(after, before.status);
  switch (event.type) {
    case 'confirmed':
      return [makeEvent(orderConfirmed, after, stamp, { ...about, lines: demand(after), total: after.total })];
    case 'rejected':
      return [makeEvent(orderRejected, after, stamp, { ...about, shortages: after.shortages })];
    case 'cancelled':
      return [makeEvent(orderCancelled, after, stamp, { ...about, reason: event.cause, lines: demand(after) })];
    case 'erased':
      return [makeEvent(orderErased, after, stamp, about)];
    case 'reminded':
    case 'demanded': {
      if (after.pending?.kind === 'edit') return [editRequested(after, stamp)];
      const data = { ...change(after, null), lines: demandedLines(after), total: after.total };
      return [makeEvent(orderPlaced, after, stamp, data)];
    }
    case 'shipped':
    case 'corrected':
    case 'reallocated':
    case 'delivered':
    case 'rest_cancelled':
      return fulfilmentEvents(event, { before, after, about, stamp });
    case 'awaiting_payment': {
      const data = {
        ...about,
        lines: demandedLines(after),
        total: after.total,
        expiresAt: event.expiresAt.toISOString(),
      };
      return [makeEvent(orderAwaitingPayment, after, stamp, data)];
    }
    case 'expired':
      return [makeEvent(orderExpired, after, stamp, { ...about, lines: demand(after) })];
    case 'payment_recorded': {
      const recorded = paymentRecordedEvent(event.record, after, { about, stamp });
      if (event.then === undefined) return [recorded];
      const data = { ...about, lines: demandedLines(after), total: after.total };
      return [recorded, makeEvent(event.then === 'confirm' ? orderConfirmed : orderPlaced, after, stamp, data)];
    }
    case 'payment_repeated':
      return [paymentRepeatedEvent(event.record, after, { about, stamp })];
    case 'return_changed':
      return returnEvents(event, { after, about, stamp });
    case 'edit_requested':
    case 'edit_withdrawn':
      return [editRequested(after, stamp)];
    case 'edited': {
      const data = { ...about, lines: demand(after), total: after.total };
      const edited = makeEvent(orderEdited, after, stamp, data);
      return after.status === before.status ? [edited] : [edited, makeEvent(orderConfirmed, after, stamp, data)];
    }
    case 'edit_rejected':
      return [makeEvent(orderEditRejected, after, stamp, { ...about, shortages: event.shortages })];
    case 'archived':
      return [makeEvent(orderArchived, after, stamp, about)];
    default:
      return event satisfies never;
  }
}

/** Asks for the lines of an edit, or once more for those of before. */
function editRequested(order: Order, stamp: Stamp): DomainEvent {
  const { status, edit, total } = order;
  const isAsked = edit !== undefined && edit.isWithdrawn !== true;
  const data = { ...change(order, status), lines: demand(order), total: isAsked ? edit.total : total };
  return makeEvent(orderEditRequested, order, stamp, data);
}

/** The full state of an order, re-emitted for a resync. */
export function snapshotEvent(order: Order, stamp: Stamp): DomainEvent {
  const { id: orderId, customerId, status, request, pending, total } = order;
  const facts = { orderId, customerId, status, request, isPending: pending !== null, total };
  const fulfilments = fulfilmentsOf(order).map((one) => ({ fulfilmentId: one.id, lines: [...one.lines] }));
  const returns = returnsOf(order).flatMap((one) =>
    one.receipt ? [{ returnId: one.id, lines: [...one.receipt.lines] }] : [],
  );
  const parcels = { ...(fulfilments.length > 0 && { fulfilments }), ...(returns.length > 0 && { returns }) };
  const data = { ...facts, lines: demandedLines(order), ...parcels };
  return makeEvent(orderSnapshot, order, stamp, data);
}

function stampOf({ updatedAt: now }: Order, origin: Origin): Stamp {
  return { ...origin, now };
}

/** What every event of an order tells. */
export type ChangeFacts = ReturnType<typeof change>;

function change(order: Order, from: Order['status'] | null) {
  return { orderId: order.id, customerId: order.customerId, status: order.status, from, request: order.request };
}

function demand(order: Order) {
  return askedLines(order).map((line) => ({ variantId: line.variantId, quantity: line.quantity }));
}
