// What orders knows of variants: a projection of the catalog's events, by which orders are priced.
// Invariant: full state, applied only where it is newer, so that repeated and late events change nothing.
import { createBatcher } from '@holdfast/shared/messaging';
import { asTenants, type Database, type NativeIndexes } from '@holdfast/shared/persistence';
import type { Clock, Money } from '@holdfast/shared/values';
import { lookupCountMax, lookupWaitingCountMax } from '../limits.ts';
import type { KnownVariant } from '../orders/new-order.ts';
import { upsertNewer } from './newer-states.store.ts';

type VariantDocument = {
  _id: string;
  tenantId: string;
  sku: string;
  name: string;
  price: Money;
  forSale: boolean;
  version: number;
};

export const variantIndexes: NativeIndexes = { collection: 'variants', indexes: [] };

export type VariantState = KnownVariant & { tenantId: string; version: number };
export type VariantStore = ReturnType<typeof createVariantStore>;

export function createVariantStore(database: Database, clock?: Clock) {
  const variants = database.db.collection<VariantDocument>('variants');

  /** One command for all lookups that arrived while the one before was in flight. */
  const lookups = createBatcher<{ tenantId: string; ids: readonly string[] }, Map<string, VariantState>>({
    maxItems: lookupCountMax,
    maxWaiting: lookupWaitingCountMax,
    clock,
    async run(items) {
      const wanted = new Map<string, Set<string>>();
      for (const { tenantId, ids } of items) {
        const set = wanted.get(tenantId) ?? new Set();
        wanted.set(tenantId, set);
        for (const id of ids) set.add(id);
      }
      const branches = [...wanted].map(([tenantId, ids]) => ({ tenantId, _id: { $in: [...ids] } }));
      const found = await asTenants(wanted.keys(), 'variants.lookup', () =>
        variants.find(branches.length === 1 ? branches[0]! : { $or: branches }).toArray(),
      );
      const byKey = new Map(found.map((document) => [`${document.tenantId} ${document._id}`, toState(document)]));
      return items.map(({ tenantId, ids }) => {
        const known = ids.map((id) => byKey.get(`${tenantId} ${id}`)).filter((variant) => variant !== undefined);
        return new Map(known.map((variant) => [variant.variantId, variant]));
      });
    },
  });

  return {
    /** The known ones among these variants of the tenant. */
    find: (tenantId: string, ids: readonly string[]) => lookups.add({ tenantId, ids }),

    /** Applies states that are newer than what is stored. */
    async upsert(states: readonly VariantState[]): Promise<void> {
      await upsertNewer(
        variants,
        states.map(({ variantId, ...fields }) => ({ _id: variantId, ...fields })),
      );
    },
  };
}

function toState({ _id: variantId, ...state }: VariantDocument): VariantState {
  return { variantId, ...state };
}
