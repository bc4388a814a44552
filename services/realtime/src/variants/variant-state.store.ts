// States of variants in MongoDB: a projection of the catalog's events, written in the transaction that logs them.
// Invariant: full state, applied only where it is newer, so that repeated and late events change nothing.
import { asTenant, type Database, type NativeIndexes } from '@holdfast/shared/persistence';
import type { mongo } from 'mongoose';
import type { VariantState } from './variant-state.ts';

type Row = { _id: string; tenantId: string; forSale: boolean; version: number };

const collection = 'variants';
export const variantStateIndexes: NativeIndexes = { collection, indexes: [] };

export type VariantStateStore = ReturnType<typeof createVariantStateStore>;

/** The store over this database. */
export function createVariantStateStore({ db }: Pick<Database, 'db'>) {
  const variants = db.collection<Row>(collection);
  return {
    /** Applies states in their order. */
    async apply(states: readonly VariantState[], session: mongo.ClientSession): Promise<void> {
      if (states.length === 0) return;
      await variants.bulkWrite(states.flatMap(toOperations), { session, ordered: true });
    },

    /** The known ones among these variants of the tenant. */
    read(tenantId: string, variantIds: readonly string[]): Promise<VariantState[]> {
      return asTenant(tenantId, async () => {
        const rows = await variants.find({ tenantId, _id: { $in: [...variantIds] } }).toArray();
        return rows.map(({ _id: variantId, ...state }) => ({ variantId, ...state }));
      });
    },
  };
}

// Not one upsert: where the stored state is newer it would insert a second document of the same id and fail the transaction.
function toOperations({ tenantId, variantId: _id, ...fields }: VariantState): mongo.AnyBulkWriteOperation<Row>[] {
  const older = { tenantId, _id, version: { $lt: fields.version } };
  return [
    { updateOne: { filter: { tenantId, _id }, update: { $setOnInsert: fields }, upsert: true } },
    { updateOne: { filter: older, update: { $set: fields } } },
  ];
}
