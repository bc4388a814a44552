// States of variants in MongoDB: a projection of the catalog's events, written in the transaction that logs them.
// Invariant: full state, applied only where it is newer, so that repeated and late events change nothing.
import {
  asTenant,
  type Database,
  defineCollection,
  field,
  openCollection,
  type Stored,
} from '@holdfast/shared/persistence';
import type { mongo } from 'mongoose';
import type { VariantState } from './variant-state.ts';

export const variantStates = defineCollection<VariantState>({
  name: 'variants',
  holds: 'What realtime knows of a variant: to customers, only what is for sale is shown.',
  fields: { forSale: field.flag, version: field.number },
});

export type VariantStateStore = ReturnType<typeof createVariantStateStore>;

/** The store over this database. */
export function createVariantStateStore(database: Database) {
  const variants = openCollection(database, variantStates);
  return {
    /** Applies states in their order. */
    async apply(states: readonly VariantState[], session: mongo.ClientSession): Promise<void> {
      if (states.length === 0) return;
      await variants.native.bulkWrite(states.flatMap(toOperations), { session, ordered: true });
    },

    /** The known ones among these variants of the tenant. */
    async read(tenantId: string, ids: readonly string[]): Promise<VariantState[]> {
      const found = await asTenant(tenantId, () => variants.readMany(ids.map((id) => ({ tenantId, id }))));
      return [...found.values()];
    },
  };
}

// Not one upsert: where the stored state is newer it would insert a second document of the same id and fail the
// transaction.
function toOperations(state: VariantState): mongo.AnyBulkWriteOperation<Stored>[] {
  const { _id, tenantId, ...fields } = variantStates.toStored(state);
  const older = { tenantId, _id, version: { $lt: state.version } };
  return [
    { updateOne: { filter: { tenantId, _id }, update: { $setOnInsert: fields }, upsert: true } },
    { updateOne: { filter: older, update: { $set: fields } } },
  ];
}
