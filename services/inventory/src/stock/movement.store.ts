// The ledger in MongoDB: movements are inserted and never changed.
// Invariant: a sequence number of a level exists once.

import { movementKinds } from '@holdfast/shared/contracts';
import { type Database, tenantSchema } from '@holdfast/shared/persistence';
import { sortKeyOf, sortKeyRange } from '@holdfast/shared/values';
import mongoose, { type mongo } from 'mongoose';
import type { Movement, MovementKind } from './movement.ts';

type MovementDocument = Omit<Movement, 'id'> & { _id: string; sortKey: string };

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
    sortKey: { type: String, required: true },
  },
  { collection: 'movements' },
);
movementSchema.index({ tenantId: 1, variantId: 1, locationId: 1, sequence: 1 }, { unique: true });
// Three indexes are all that the ledger can afford: each is written with every line of every order. With `kind` in front of
// the sort, a query without a kind names all of them and the server merges as many sorted scans, without sorting.
// Named in the queries: over few documents the server would rather read them all and sort.
const newestFirst = { tenantId: 1, kind: 1, sortKey: -1 } as const;
const newestFirstOfVariant = { tenantId: 1, variantId: 1, kind: 1, sortKey: -1 } as const;
movementSchema.index(newestFirst);
movementSchema.index(newestFirstOfVariant);

export type MovementFilter = {
  variantId?: string | undefined;
  kind?: MovementKind | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
};

export type MovementStore = ReturnType<typeof createMovementStore>;

/** Reads and writes of movements. Each call runs in the scope of its caller. */
export function createMovementStore(database: Database) {
  const movements = database.db.collection<MovementDocument>('movements');
  const model = database.connection.model<MovementDocument>('Movement', movementSchema);
  return {
    model,

    async insert(added: readonly Movement[], session: mongo.ClientSession): Promise<void> {
      if (added.length === 0) return;
      const documents = added.map(({ id, ...fields }) => ({
        _id: id,
        ...fields,
        sortKey: movementSortKey({ id, ...fields }),
      }));
      await movements.insertMany(documents, { session, ordered: false });
    },

    /**
     * A page, newest first, after this sort key. A level's movements have one order by time and by sequence, so with a
     * variant this is the order of its sequence numbers.
     */
    async list(
      { variantId, kind, from, to }: MovementFilter,
      after: string | undefined,
      limit: number,
    ): Promise<Movement[]> {
      const range = sortKeyRange({ from, to, after });
      const documents = await model
        .find({
          ...(variantId === undefined ? {} : { variantId }),
          kind: kind ?? mongoose.trusted({ $in: [...movementKinds] }),
          ...(range ? { sortKey: mongoose.trusted(range) } : {}),
        })
        .sort({ sortKey: -1 })
        .hint(variantId === undefined ? newestFirst : newestFirstOfVariant)
        .limit(limit)
        .lean<MovementDocument[]>()
        .exec();
      return documents.map(({ _id, sortKey: _sortKey, ...fields }) => ({ id: _id, ...fields }));
    },
  };
}

/** By what the ledger is sorted: time, then sequence. */
export function movementSortKey({ createdAt, id, sequence }: Pick<Movement, 'createdAt' | 'id' | 'sequence'>): string {
  return sortKeyOf(createdAt, id, sequence);
}
