// What orders knows of variants: a projection of the catalog's events, by which orders are priced.
// Invariant: full state, applied only where it is newer, so that repeated and late events change nothing.
import { createBatcher } from '@holdfast/shared/messaging';
import { asTenants, type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import { type Clock, keyText } from '@holdfast/shared/values';
import { lookupCountMax, lookupWaitingCountMax } from '../limits.ts';
import type { KnownVariant } from '../orders/new-order.ts';

export type VariantState = KnownVariant & { tenantId: string; version: number };
type Entity = Omit<VariantState, 'variantId'> & { id: string };

export const variants = defineCollection<Entity>({
  name: 'variants',
  holds: "What orders knows of a variant from the catalog's events: price, name, whether it is for sale.",
  fields: { sku: field.text, name: field.text, price: field.object(), forSale: field.flag, version: field.number },
});

export type VariantStore = ReturnType<typeof createVariantStore>;

export function createVariantStore(database: Database, clock?: Clock) {
  const collection = openCollection(database, variants);

  /** One command for all lookups that arrived while the one before was in flight. */
  const lookups = createBatcher<{ tenantId: string; ids: readonly string[] }, Map<string, VariantState>>({
    maxItems: lookupCountMax,
    maxWaiting: lookupWaitingCountMax,
    clock,
    async run(items) {
      const keys = items.flatMap(({ tenantId, ids }) => ids.map((id) => ({ tenantId, id })));
      const tenantIds = new Set(items.map(({ tenantId }) => tenantId));
      const found = await asTenants(tenantIds, 'variants.lookup', () => collection.readMany(keys));
      return items.map(({ tenantId, ids }) => {
        const known = ids.map((id) => found.get(keyText(tenantId, id))).filter((variant) => variant !== undefined);
        return new Map(known.map(({ id: variantId, ...state }) => [variantId, { variantId, ...state }]));
      });
    },
  });

  return {
    /** The known ones among these variants of the tenant. */
    find: (tenantId: string, ids: readonly string[]) => lookups.add({ tenantId, ids }),

    /** Applies states that are newer than what is stored. */
    upsert: (states: readonly VariantState[]) =>
      collection.saveNewer(states.map(({ variantId: id, ...fields }) => ({ id, ...fields }))),
  };
}
