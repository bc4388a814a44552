// A reservation: what inventory answered to an order's numbered requests, and what of it has left or come back. Its id
// is the order's; it is never deleted.
// Invariants: while it is held, its allocations are part of the reserved numbers of their levels; otherwise they are
// not. Each parcel and each return is in it once, from the moment that it took effect.
import {
  type DomainEvent,
  makeEvent,
  reservationConsumed,
  reservationHeld,
  reservationRejected,
  reservationReleased,
} from '@holdfast/shared/contracts';
import type { Stamp } from '@holdfast/shared/values';
import type { DocumentKind } from '../stock/stock-documents.ts';

export type Line = { variantId: string; quantity: number };
export type Allocation = { variantId: string; locationId: string; quantity: number };
export type Shortage = { variantId: string; requested: number; available: number };
type Place = Omit<Allocation, 'quantity'>;
/** A parcel that has left, by the id of its fulfilment; lines of different places. */
export type Parcel = { id: string; lines: readonly Allocation[] };
/** What a return brought back on hand, by its id, and where to; lines of different places. */
export type Restock = { id: string; lines: readonly Allocation[] };

export type Reservation = {
  /** The order's id. */
  id: string;
  tenantId: string;
  /** The greatest request that was decided, whatever came of it. */
  request: number;
  version: number;
  /** `consumed`: something has left, and nothing is held any more. */
  state: 'held' | 'rejected' | 'released' | 'consumed';
  /** What came of `request`. It differs from the state where a request was refused that asked for a change. */
  outcome: 'held' | 'rejected' | 'released';
  /** What was asked for, less what has left of it. */
  lines: readonly Line[];
  /** What is held, or what the release gave back. */
  allocations: readonly Allocation[];
  /** Where it held something earlier and does not now; absent where that is nowhere. */
  former?: readonly Place[] | undefined;
  /** Every parcel that has left; absent before the first. */
  parcels?: readonly Parcel[] | undefined;
  /** Every return of which something is on hand again; absent before the first. */
  restocks?: readonly Restock[] | undefined;
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

/** The state of a reservation that holds nothing. */
export function stateWithoutStock({ parcels = [] }: Pick<Reservation, 'parcels'>): 'released' | 'consumed' {
  return parcels.length > 0 ? 'consumed' : 'released';
}

/** Where it held something and does not with these allocations: the ledger is searched by all of its places. */
export function formerPlaces(
  { allocations, former = [] }: Reservation,
  now: readonly Allocation[],
): Reservation['former'] {
  const isNow = (place: Place) =>
    now.some((one) => one.variantId === place.variantId && one.locationId === place.locationId);
  const places = [...former, ...allocations].filter((place) => !isNow(place));
  const byKey = new Map(
    places.map(({ variantId, locationId }) => [`${variantId} ${locationId}`, { variantId, locationId }]),
  );
  return byKey.size > 0 ? [...byKey.values()] : undefined;
}

/** The event of a parcel that has left. */
export function consumedEvent(
  reservation: Reservation,
  { id: fulfilmentId, lines }: Parcel,
  stamp: Stamp,
): DomainEvent {
  const { id: orderId, request } = reservation;
  return makeEvent(reservationConsumed, reservation, stamp, {
    orderId,
    request,
    fulfilmentId,
    allocations: [...lines],
  });
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
