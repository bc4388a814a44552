// Reservations in MongoDB; the order's id is the document's. The collection is evented, and nothing in it is ever deleted.
// Invariant: a reservation changes only where its version is the one that was decided on.
import { storeEvents } from '@holdfast/shared/messaging';
import { Conflict, type Database, tenantSchema } from '@holdfast/shared/persistence';
import mongoose, { type mongo } from 'mongoose';
import { idsByTenant } from '../ids-by-tenant.ts';
import { byId, type Evented, withoutEvents } from '../stored-events.ts';
import type { Reservation } from './reservation.ts';
import { type ReservationChange, reservationKey } from './reserve-stock.ts';

type ReservationDocument = Omit<Reservation, 'id'> & { _id: string } & Evented;

const { Mixed } = mongoose.Schema.Types;

export const reservationSchema = tenantSchema<ReservationDocument>(
  {
    request: { type: Number, required: true },
    version: { type: Number, required: true },
    state: { type: String, required: true },
    outcome: { type: String, required: true },
    lines: { type: [Mixed], required: true },
    allocations: { type: [Mixed], required: true },
    shortages: { type: [Mixed], required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    events: { type: [Mixed], required: true },
  },
  { collection: 'reservations' },
);
// Who holds a variant, newest first; only what is held is in it.
reservationSchema.index(
  { tenantId: 1, 'allocations.variantId': 1, createdAt: -1 },
  { partialFilterExpression: { state: 'held' } },
);

export type ReservationStore = ReturnType<typeof createReservationStore>;

/** Reads and writes of reservations. Each call runs in the scope of its caller: a tenant's, or a batch's. */
export function createReservationStore(database: Database) {
  const reservations = database.db.collection<ReservationDocument>('reservations');
  const model = database.connection.model<ReservationDocument>('Reservation', reservationSchema);
  return {
    model,

    /** The reservations of a batch's orders in one command, by reservationKey. */
    async readForDecision(
      keys: readonly { tenantId: string; id: string }[],
      session: mongo.ClientSession,
    ): Promise<Map<string, Reservation>> {
      if (keys.length === 0) return new Map();
      const options = { session, hint: byId, projection: withoutEvents };
      const documents = await reservations.find(idsByTenant(keys), options).toArray();
      return new Map(
        documents.map(({ _id, events: _events, ...fields }) => [
          reservationKey(fields.tenantId, _id),
          { id: _id, ...fields },
        ]),
      );
    },

    /** Stores all changes or throws a Conflict, after which the transaction must be given up. */
    async apply(changes: readonly ReservationChange[], session: mongo.ClientSession): Promise<void> {
      if (changes.length === 0) return;
      const result = await reservations.bulkWrite(changes.map(toOperation), { session, ordered: false });
      const stored = result.matchedCount + result.insertedCount;
      if (stored !== changes.length)
        throw new Conflict(`${stored} of ${changes.length} reservations were as decided on`);
    },

    /** The orders that hold stock of a variant at a location, newest first. */
    async ordersHolding(variantId: string, locationId: string, limit: number): Promise<string[]> {
      const documents = await model
        .find({ state: 'held', allocations: mongoose.trusted({ $elemMatch: { variantId, locationId } }) })
        .select('_id')
        .sort({ createdAt: -1 })
        .limit(limit)
        .lean<{ _id: string }[]>()
        .exec();
      return documents.map((document) => document._id);
    },
  };
}

function toOperation(change: ReservationChange): mongo.AnyBulkWriteOperation<ReservationDocument> {
  const { id, tenantId, createdAt, ...decided } = change.reservation;
  const fields = { ...decided, events: storeEvents(change.events) } as Omit<
    ReservationDocument,
    '_id' | 'tenantId' | 'createdAt'
  >;
  if (change.expectedVersion === undefined) {
    return { insertOne: { document: { _id: id, tenantId, createdAt, ...fields } } };
  }
  return {
    updateOne: {
      filter: { _id: id, tenantId, version: change.expectedVersion },
      update: { $set: fields },
      hint: byId,
    },
  };
}
