// Inventory has answered a request.
// Invariant: an outcome is applied only where its request is pending, so that repeating it changes nothing.
import {
  causeOf,
  type DomainEvent,
  type EventOf,
  type reservationHeld,
  type reservationRejected,
  type reservationSnapshot,
} from '@holdfast/shared/contracts';
import type { PlannedChange } from './change-order.ts';
import { decideOutcome, type Outcome } from './placement.ts';

export function onReservationHeld(event: EventOf<typeof reservationHeld>): PlannedChange {
  const { orderId, request, allocations } = event.data;
  return changeOf(event, orderId, { kind: 'held', request, allocations });
}

export function onReservationRejected(event: EventOf<typeof reservationRejected>): PlannedChange {
  const { orderId, request, shortages } = event.data;
  return changeOf(event, orderId, { kind: 'rejected', request, shortages });
}

/** The outcome of the reservation's current request; `released` answers a demand for which no order is pending. */
export function onReservationSnapshot(event: EventOf<typeof reservationSnapshot>): PlannedChange[] {
  const { orderId, request, outcome: kind, allocations, shortages } = event.data;
  if (kind === 'released') return [];
  return [changeOf(event, orderId, { kind, request, allocations, shortages })];
}

function changeOf(event: DomainEvent, id: string, outcome: Outcome): PlannedChange {
  return {
    key: { tenantId: event.tenantid, id },
    decide: (order, now) => decideOutcome(order, outcome, now),
    cause: causeOf(event),
  };
}
