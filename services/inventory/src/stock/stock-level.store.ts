// Stock levels in MongoDB. The collection is evented: every write sets `events` as a whole,
// in the same write as the change.
// Invariant: a level changes only where its version is the one that was decided on.
import { makeEvent, stockSnapshot } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field, openCollection, type Session } from '@holdfast/shared/persistence';
import mongoose from 'mongoose';
import { availableOf, type StockLevel } from './stock-level.ts';

// What is on hand changes it only from and to nothing.
const stocked = {
  key: { tenantId: 1, locationId: 1 },
  serves: 'whether something lies at a location that somebody wants to remove',
  partialFilterExpression: { onHand: { $gt: 0 } },
} as const;

export const stockLevels = defineCollection<StockLevel>({
  name: 'stock_levels',
  holds: 'What a tenant has of one variant at one location: on hand and reserved.',
  isEvented: true,
  fields: {
    variantId: field.text,
    locationId: field.text,
    onHand: field.number,
    reserved: field.number,
    version: field.number,
    sequence: field.number,
    movedAt: field.date,
    withheld: field.optional(field.list()),
  },
  lists: [
    { by: ['variantId'], order: 'locationId', unique: true },
    { by: ['locationId'], order: 'variantId' },
  ],
  indexes: [stocked],
  toSnapshot({ id, tenantId, version, variantId, locationId, onHand, reserved, withheld }, { stamp }) {
    const about = { tenantId, id, version };
    const data = { variantId, locationId, onHand, reserved, available: availableOf({ onHand, reserved, withheld }) };
    return { event: makeEvent(stockSnapshot, about, stamp, data) };
  },
});

export type StockLevelStore = ReturnType<typeof openStockLevels>;

export function openStockLevels(database: Database) {
  const collection = openCollection(database, stockLevels);
  return {
    ...collection,

    /** The levels of these variants, by variant and location. */
    async ofVariants(variantIds: readonly string[], locationId: string | undefined): Promise<StockLevel[]> {
      if (variantIds.length === 0) return [];
      const where = { variantId: mongoose.trusted({ $in: [...variantIds] }), ...(locationId ? { locationId } : {}) };
      return collection.find(where, { sort: { variantId: 1, locationId: 1 }, index: byVariant });
    },

    /** All levels of these variants: to decide on, in the transaction of the session. */
    async allOf(variants: readonly { tenantId: string; variantId: string }[], session: Session): Promise<StockLevel[]> {
      const branches = [...Map.groupBy(variants, ({ tenantId }) => tenantId)].map(([tenantId, own]) => {
        return { tenantId, variantId: { $in: [...new Set(own.map(({ variantId }) => variantId))] } };
      });
      if (branches.length === 0) return [];
      const filter = branches.length === 1 ? branches[0]! : { $or: branches };
      const options = { hint: byVariant, projection: { events: 0 }, session };
      return (await collection.native.find(filter, options).toArray()).map(stockLevels.fromStored);
    },

    /** The next levels after a variant, by variant and location, in the transaction of the session. */
    async ofVariantsAfter(
      { tenantId, after }: { tenantId: string; after: string | undefined },
      limit: number,
      session: Session,
    ): Promise<StockLevel[]> {
      const filter = { tenantId, ...(after === undefined ? {} : { variantId: { $gt: after } }) };
      const options = { hint: byVariant, projection: { events: 0 }, limit, session };
      const found = collection.native.find(filter, options).sort({ variantId: 1, locationId: 1 });
      return (await found.toArray()).map(stockLevels.fromStored);
    },

    /** Some variants that lie at a location: to decide on, in the transaction of the session. */
    async stockedAt(
      { tenantId, locationId }: { tenantId: string; locationId: string },
      limit: number,
      session: Session,
    ): Promise<string[]> {
      const filter = { tenantId, locationId, onHand: { $gt: 0 } };
      const options = { hint: stocked.key, projection: { variantId: 1 }, limit, session };
      const found = await collection.native.find(filter, options).toArray();
      return found.map(({ variantId }) => variantId as string);
    },
  };
}

const byVariant = stockLevels.indexes[0]!.key;
