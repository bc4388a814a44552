// The events that a change of an order publishes. They name ids, quantities, money and status; never an address, note or metadata.
import {
  type DomainEvent,
  makeEvent,
  orderCancelled,
  orderConfirmed,
  orderPlaced,
  orderRejected,
  orderSnapshot,
} from '@holdfast/shared/contracts';
import { correlation } from '@holdfast/shared/telemetry';
import { newId } from '@holdfast/shared/values';
import type { Order, OrderEvent } from './order.ts';

/** What caused the event: the event that was answered, or the request's correlation. */
export type Cause = {
  correlationId?: string | undefined;
  causationId?: string | undefined;
  traceparent?: string | undefined;
};

/** The event of a new order. */
export function placedEvent(order: Order, cause: Cause = correlation()): DomainEvent {
  const data = { ...change(order, null), lines: demand(order), total: order.total };
  return makeEvent(orderPlaced, { ...facts(order, cause), data });
}

/** What is published of an event, given the order before and after it. */
export function toDomainEvent(event: OrderEvent, before: Order, after: Order, cause: Cause): DomainEvent {
  const about = facts(after, cause);
  switch (event.type) {
    case 'confirmed':
      return makeEvent(orderConfirmed, {
        ...about,
        data: { ...change(after, before.status), lines: demand(after), total: after.total },
      });
    case 'rejected':
      return makeEvent(orderRejected, {
        ...about,
        data: { ...change(after, before.status), shortages: after.shortages },
      });
    case 'cancelled':
      return makeEvent(orderCancelled, {
        ...about,
        data: { ...change(after, before.status), reason: event.cause, lines: demand(after) },
      });
    case 'reminded':
      return makeEvent(orderPlaced, {
        ...about,
        data: { ...change(after, null), lines: demand(after), total: after.total },
      });
    default:
      return event satisfies never;
  }
}

/** The full state of an order, re-emitted for a resync. */
export function snapshotEvent(order: Order): DomainEvent {
  const { id: orderId, customerId, status, request, pending, total } = order;
  const data = { orderId, customerId, status, request, isPending: pending !== null, lines: demand(order), total };
  return makeEvent(orderSnapshot, { ...facts(order, {}), time: new Date(), data });
}

function facts(order: Order, cause: Cause) {
  return {
    id: newId('evt'),
    tenantId: order.tenantId,
    subject: order.id,
    version: order.version,
    time: order.updatedAt,
    ...cause,
  };
}

function change(order: Order, from: Order['status'] | null) {
  return { orderId: order.id, customerId: order.customerId, status: order.status, from, request: order.request };
}

function demand(order: Order) {
  return order.lines.map((line) => ({ variantId: line.variantId, quantity: line.quantity }));
}
