// States of variants in MongoDB: a projection of the catalog's events, written in the transaction that logs them.
// Invariant: full state, applied only where it is newer, so that repeated and late events change nothing.
import {
  asTenant,
  type Database,
  defineCollection,
  field,
  openCollection,
  type Session,
} from '@holdfast/shared/persistence';
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
    /** Applies states that are newer than what is stored. Throws Conflict when another writer is at the same ones. */
    apply: (states: readonly VariantState[], session: Session) => variants.saveNewer(states, session),

    /** The known ones among these variants of the tenant. */
    async read(tenantId: string, ids: readonly string[]): Promise<VariantState[]> {
      const found = await asTenant(tenantId, () => variants.readMany(ids.map((id) => ({ tenantId, id }))));
      return [...found.values()];
    },
  };
}
