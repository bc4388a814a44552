// Stock levels in MongoDB. The collection is evented: every write sets `events` as a whole, in the same write as the change.
// Invariant: a level changes only where its version is the one that was decided on.
import { storeEvents } from '@holdfast/shared/messaging';
import { Conflict, type Database, tenantSchema } from '@holdfast/shared/persistence';
import mongoose, { type mongo } from 'mongoose';
import { idsByTenant } from '../ids-by-tenant.ts';
import { byId, type Evented, withoutEvents } from '../stored-events.ts';
import type { LevelChange } from './stock-book.ts';
import type { StockLevel } from './stock-level.ts';

export type LevelDocument = Omit<StockLevel, 'id'> & { _id: string } & Evented;

export const stockLevelSchema = tenantSchema<LevelDocument>(
  {
    variantId: { type: String, required: true },
    locationId: { type: String, required: true },
    onHand: { type: Number, required: true },
    reserved: { type: Number, required: true },
    version: { type: Number, required: true },
    sequence: { type: Number, required: true },
    movedAt: { type: Date, required: true },
    events: { type: [mongoose.Schema.Types.Mixed], required: true },
  },
  { collection: 'stock_levels' },
);
// Named in the queries: over few documents the server would rather read them all and sort.
const byVariant = { tenantId: 1, variantId: 1, locationId: 1 } as const;
const byLocation = { tenantId: 1, locationId: 1, variantId: 1 } as const;
stockLevelSchema.index(byVariant, { unique: true });
stockLevelSchema.index(byLocation);

function toLevel({ _id, events: _events, ...fields }: LevelDocument): StockLevel {
  return { id: _id, ...fields };
}

export type StockStore = ReturnType<typeof createStockStore>;

/** Reads and writes of stock levels. Each call runs in the scope of its caller: a tenant's, or a batch's. */
export function createStockStore(database: Database) {
  const levels = database.db.collection<LevelDocument>('stock_levels');
  const model = database.connection.model<LevelDocument>('StockLevel', stockLevelSchema);
  return {
    model,

    /** The levels of a batch, in one command; ids of no level are left out. */
    async readForDecision(
      keys: readonly { tenantId: string; id: string }[],
      session: mongo.ClientSession,
    ): Promise<StockLevel[]> {
      if (keys.length === 0) return [];
      const options = { session, hint: byId, projection: withoutEvents };
      return (await levels.find(idsByTenant(keys), options).toArray()).map(toLevel);
    },

    /** Stores all changes or throws a Conflict, after which the transaction must be given up. */
    async apply(changes: readonly LevelChange[], session: mongo.ClientSession): Promise<void> {
      if (changes.length === 0) return;
      const result = await levels.bulkWrite(changes.map(toOperation), { session, ordered: false });
      const stored = result.matchedCount + result.insertedCount;
      if (stored !== changes.length) throw new Conflict(`${stored} of ${changes.length} levels were as decided on`);
    },

    /** The levels of these variants, by variant and location. */
    async readMany(variantIds: readonly string[], locationId: string | undefined): Promise<StockLevel[]> {
      if (variantIds.length === 0) return [];
      const documents = await model
        .find({
          variantId: mongoose.trusted({ $in: [...variantIds] }),
          ...(locationId === undefined ? {} : { locationId }),
        })
        .select('-events')
        .sort({ variantId: 1, locationId: 1 })
        .hint(byVariant)
        .lean<LevelDocument[]>()
        .exec();
      return documents.map(toLevel);
    },

    /** A page of the levels at a location by variant id, after `after`. */
    async listAt(locationId: string, after: string | undefined, limit: number): Promise<StockLevel[]> {
      const documents = await model
        .find({ locationId, ...(after === undefined ? {} : { variantId: mongoose.trusted({ $gt: after }) }) })
        .select('-events')
        .sort({ variantId: 1 })
        .hint(byLocation)
        .limit(limit)
        .lean<LevelDocument[]>()
        .exec();
      return documents.map(toLevel);
    },
  };
}

function toOperation({ level, expectedVersion, event }: LevelChange): mongo.AnyBulkWriteOperation<LevelDocument> {
  const { id, tenantId, variantId, locationId, ...numbers } = level;
  const fields = { ...numbers, events: storeEvents([event]) };
  if (expectedVersion === undefined) {
    return { insertOne: { document: { _id: id, tenantId, variantId, locationId, ...fields } } };
  }
  return {
    updateOne: {
      filter: { _id: id, tenantId, version: expectedVersion },
      update: { $set: fields },
      hint: byId,
    },
  };
}
