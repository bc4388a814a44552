// Stock levels and reservations as their events tell them, for a resync. Adjustments are facts, not state: they are not told again.
import { makeEvent, reservationSnapshot, stockSnapshot } from '@holdfast/shared/contracts';
import type { SnapshotOf } from '@holdfast/shared/messaging';
import { newId } from '@holdfast/shared/values';
import type { Reservation } from './reservations/reservation.ts';
import { availableOf, type StockLevel } from './stock/stock-level.ts';

type Stored<T> = Omit<T, 'id'> & { _id: string };

const levels: SnapshotOf<Stored<StockLevel>> = {
  collection: 'stock_levels',
  tell: ({ _id: subject, tenantId, ...level }, { version }) => {
    const { variantId, locationId, onHand, reserved } = level;
    const facts = { id: newId('evt'), tenantId, subject, version, time: new Date() };
    const data = { variantId, locationId, onHand, reserved, available: availableOf(level) };
    return { event: makeEvent(stockSnapshot, { ...facts, data }) };
  },
};

const reservations: SnapshotOf<Stored<Reservation>> = {
  collection: 'reservations',
  tell: ({ _id: orderId, tenantId, request, outcome, allocations, shortages }, { version }) => {
    const facts = { id: newId('evt'), tenantId, subject: orderId, version, time: new Date() };
    const data = { orderId, request, outcome, allocations: [...allocations], shortages: [...shortages] };
    return { event: makeEvent(reservationSnapshot, { ...facts, data }) };
  },
};

export const snapshots = [levels, reservations] as const;
