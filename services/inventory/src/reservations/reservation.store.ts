// Reservations in MongoDB; the order's id is the document's. The collection is evented,
// and nothing in it is ever deleted.
// Invariant: a reservation changes only where its version is the one that was decided on.
import { makeEvent, reservationSnapshot } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field, openCollection, type Session } from '@holdfast/shared/persistence';
import mongoose from 'mongoose';
import { heldReadMax } from '../limits.ts';
import { type VariantRange, variantCondition } from '../stock/variant-range.ts';
import type { Reservation } from './reservation.ts';

// Who holds a variant, newest first; only what is held is in it.
const holding = {
  key: { tenantId: 1, 'allocations.variantId': 1, createdAt: -1 },
  partialFilterExpression: { state: 'held' },
  serves: 'which orders hold a variant, newest first',
} as const;

export const reservations = defineCollection<Reservation>({
  name: 'reservations',
  holds: "What inventory answered to an order's numbered requests; its id is the order's.",
  isEvented: true,
  fields: {
    request: field.number,
    version: field.number,
    state: field.oneOf(['held', 'rejected', 'released', 'consumed']),
    outcome: field.oneOf(['held', 'rejected', 'released']),
    lines: field.list(),
    allocations: field.list(),
    former: field.optional(field.list()),
    parcels: field.optional(field.appendOnly()),
    restocks: field.optional(field.appendOnly()),
    shortages: field.list(),
    createdAt: field.date,
    updatedAt: field.date,
  },
  indexes: [holding],
  toSnapshot({ id: orderId, tenantId, version, request, outcome, allocations, shortages }, { stamp }) {
    const about = { tenantId, id: orderId, version };
    const data = { orderId, request, outcome, allocations: [...allocations], shortages: [...shortages] };
    return { event: makeEvent(reservationSnapshot, about, stamp, data) };
  },
});

export type ReservationStore = ReturnType<typeof openReservations>;

export function openReservations(database: Database) {
  const collection = openCollection(database, reservations);
  return {
    ...collection,

    /** Every reservation that holds one of these variants, in the transaction of the session; one may come twice. */
    async *eachHolding(tenantId: string, variants: VariantRange, session: Session): AsyncGenerator<Reservation> {
      // Both bounds of one allocation: of two they would be met by an order with a smaller and a greater variant.
      const allocations = { $elemMatch: { variantId: variantCondition(variants) } };
      const filter = { tenantId, state: 'held', allocations };
      const options = { hint: holding.key, projection: { events: 0 }, session, batchSize: heldReadMax };
      for await (const document of collection.native.find(filter, options)) yield reservations.fromStored(document);
    },

    /** The orders that hold stock of a variant at a location, newest first. */
    async ordersHolding(variantId: string, locationId: string, limit: number): Promise<string[]> {
      const where = { state: 'held', allocations: mongoose.trusted({ $elemMatch: { variantId, locationId } }) };
      const held = await collection.find(where, { sort: { createdAt: -1 }, index: holding.key, limit });
      return held.map(({ id }) => id);
    },
  };
}
