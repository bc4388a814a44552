// A reservation: what inventory answered to an order's numbered requests. Its id is the order's; it is never deleted.
// Invariant: while it is held, its allocations are part of the reserved numbers of their levels;
// otherwise they are not.
import {
  type DomainEvent,
  makeEvent,
  reservationHeld,
  reservationRejected,
  reservationReleased,
} from '@holdfast/shared/contracts';
import type { Stamp } from '@holdfast/shared/values';
import type { DocumentKind } from '../stock/stock-documents.ts';

export type Line = { variantId: string; quantity: number };
export type Allocation = { variantId: string; locationId: string; quantity: number };
export type Shortage = { variantId: string; requested: number; available: number };

export type Reservation = {
  /** The order's id. */
  id: string;
  tenantId: string;
  /** The greatest request that was decided, whatever came of it. */
  request: number;
  version: number;
  state: 'held' | 'rejected' | 'released';
  /** What came of `request`. It differs from the state where a request was refused that asked for a change. */
  outcome: 'held' | 'rejected' | 'released';
  lines: readonly Line[];
  /** What is held, or what the release gave back. */
  allocations: readonly Allocation[];
  /** Where it held something earlier and does not now; absent where that is nowhere. */
  former?: readonly Omit<Allocation, 'quantity'>[] | undefined;
  /** Why `request` was refused; empty when it was not. */
  shortages: readonly Shortage[];
  createdAt: Date;
  updatedAt: Date;
};

/** The documents of reservations, for commands on stock that look at them. */
export const reservationKind: DocumentKind<Reservation> = { name: 'reservations' };

/** What it holds right now. */
export function heldBy(reservation: Reservation | undefined): readonly Allocation[] {
  return reservation?.state === 'held' ? reservation.allocations : [];
}

/**
 * The event with the outcome of the reservation's current request; made again, with a new id, for a repeated one.
 */
export function outcomeEvent(reservation: Reservation, stamp: Stamp): DomainEvent {
  const { id: orderId, request } = reservation;
  const allocations = [...reservation.allocations];
  switch (reservation.outcome) {
    case 'held':
      return makeEvent(reservationHeld, reservation, stamp, { orderId, request, allocations });
    case 'rejected':
      return makeEvent(reservationRejected, reservation, stamp, {
        orderId,
        request,
        shortages: [...reservation.shortages],
      });
    case 'released':
      return makeEvent(reservationReleased, reservation, stamp, { orderId, request, allocations });
    default:
      return reservation.outcome satisfies never;
  }
}
