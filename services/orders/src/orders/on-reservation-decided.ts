// Inventory has answered a request.
// Invariant: an outcome is applied only where its request is pending, so that repeating it changes nothing.
import {
  type DomainEvent,
  isEvent,
  reservationHeld,
  reservationRejected,
  reservationSnapshot,
} from '@holdfast/shared/contracts';
import type { PlannedChange } from './change-order.ts';
import { decideOutcome, type Outcome } from './order.ts';

/** The outcome in an event of inventory, or undefined: `released` answers a demand that nobody waits for. */
function outcomeOf(event: DomainEvent): { orderId: string; outcome: Outcome } | undefined {
  if (isEvent(event, reservationHeld)) {
    const { orderId, request, allocations } = reservationHeld.data.parse(event.data);
    return { orderId, outcome: { kind: 'held', request, allocations } };
  }
  if (isEvent(event, reservationRejected)) {
    const { orderId, request, shortages } = reservationRejected.data.parse(event.data);
    return { orderId, outcome: { kind: 'rejected', request, shortages } };
  }
  if (isEvent(event, reservationSnapshot)) {
    const { orderId, request, outcome, allocations, shortages } = reservationSnapshot.data.parse(event.data);
    if (outcome === 'held') return { orderId, outcome: { kind: 'held', request, allocations } };
    if (outcome === 'rejected') return { orderId, outcome: { kind: 'rejected', request, shortages } };
  }
  return undefined;
}

/** The change that an event of inventory asks for; the order of another tenant, or of none, is nobody's. */
export function onReservationDecided(event: DomainEvent): PlannedChange | undefined {
  const answer = outcomeOf(event);
  if (answer === undefined) return undefined;
  return {
    key: { tenantId: event.tenantid, id: answer.orderId },
    decide: (order, now) => decideOutcome(order, answer.outcome, now),
    cause: { correlationId: event.correlationid, causationId: event.id, traceparent: event.traceparent },
  };
}
