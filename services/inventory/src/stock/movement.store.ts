// The ledger in MongoDB: movements are inserted and never changed.
// Invariant: a sequence number of a level exists once.

import { movementKinds } from '@holdfast/shared/contracts';
import { type Database, tenantSchema } from '@holdfast/shared/persistence';
import mongoose, { type mongo } from 'mongoose';
import type { Movement, MovementKind } from './movement.ts';

type MovementDocument = Omit<Movement, 'id'> & { _id: string };

export const movementSchema = tenantSchema<MovementDocument>(
  {
    variantId: { type: String, required: true },
    locationId: { type: String, required: true },
    kind: { type: String, required: true },
    sequence: { type: Number, required: true },
    onHandDelta: { type: Number, required: true },
    reservedDelta: { type: Number, required: true },
    onHandAfter: { type: Number, required: true },
    reservedAfter: { type: Number, required: true },
    reason: { type: String, required: true },
    actor: { type: String, required: true },
    reference: { type: mongoose.Schema.Types.Mixed, required: true },
    createdAt: { type: Date, required: true },
  },
  { collection: 'movements' },
);
movementSchema.index({ tenantId: 1, variantId: 1, locationId: 1, sequence: 1 }, { unique: true });
// Three indexes are all that the ledger can afford: each is written with every line of every order. With `kind` in front of
// the sort, a query without a kind names all of them and the server merges as many sorted scans, without sorting.
movementSchema.index({ tenantId: 1, kind: 1, createdAt: -1, sequence: -1, _id: -1 });
movementSchema.index({ tenantId: 1, variantId: 1, kind: 1, createdAt: -1, sequence: -1, _id: -1 });

export type MovementFilter = {
  variantId?: string | undefined;
  kind?: MovementKind | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
};
export type MovementPlace = { createdAt: Date; sequence: number; id: string };

export type MovementStore = ReturnType<typeof createMovementStore>;

/** Reads and writes of movements. Each call runs in the scope of its caller. */
export function createMovementStore(database: Database) {
  const movements = database.db.collection<MovementDocument>('movements');
  const model = database.connection.model<MovementDocument>('Movement', movementSchema);
  return {
    model,

    async insert(added: readonly Movement[], session: mongo.ClientSession): Promise<void> {
      if (added.length === 0) return;
      const documents = added.map(({ id, ...fields }) => ({ _id: id, ...fields }));
      await movements.insertMany(documents, { session, ordered: false });
    },

    /**
     * A page, newest first, after `after`. A level's movements have one order by time and by sequence, so with a variant
     * this is the order of its sequence numbers.
     */
    async list(filter: MovementFilter, after: MovementPlace | undefined, limit: number): Promise<Movement[]> {
      const documents = await model
        .find({
          ...(filter.variantId === undefined ? {} : { variantId: filter.variantId }),
          kind: filter.kind ?? mongoose.trusted({ $in: [...movementKinds] }),
          ...timeRange(filter, after),
          ...(after ? { $or: isAfter(after) } : {}),
        })
        .sort({ createdAt: -1, sequence: -1, _id: -1 })
        .limit(limit)
        .lean<MovementDocument[]>()
        .exec();
      return documents.map(({ _id, ...fields }) => ({ id: _id, ...fields }));
    },
  };
}

function timeRange({ from, to }: MovementFilter, after: MovementPlace | undefined) {
  const range = {
    ...(from ? { $gte: from } : {}),
    ...(to ? { $lt: to } : {}),
    // Bounds the scan; which of the movements of this instant come next is told by isAfter.
    ...(after ? { $lte: after.createdAt } : {}),
  };
  return Object.keys(range).length > 0 ? { createdAt: mongoose.trusted(range) } : {};
}

function isAfter({ createdAt, sequence, id }: MovementPlace) {
  return [
    { createdAt: mongoose.trusted({ $lt: createdAt }) },
    { createdAt, sequence: mongoose.trusted({ $lt: sequence }) },
    { createdAt, sequence, _id: mongoose.trusted({ $lt: id }) },
  ];
}
