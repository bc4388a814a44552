// Locations in MongoDB.
import { type Database, tenantSchema } from '@holdfast/shared/persistence';
import mongoose, { type mongo } from 'mongoose';
import type { Location } from './location.ts';

type LocationDocument = Omit<Location, 'id'> & { _id: string };

export const locationSchema = tenantSchema<LocationDocument>(
  {
    name: { type: String, required: true },
    version: { type: Number, required: true },
    createdAt: { type: Date, required: true },
  },
  { collection: 'locations' },
);
// Named in the queries: over few documents the server would rather read them all and sort.
const inOrder = { tenantId: 1, _id: 1 } as const;
locationSchema.index(inOrder);

export type LocationStore = ReturnType<typeof createLocationStore>;

/** Reads and writes of locations. Each call runs in the scope of its caller. */
export function createLocationStore(database: Database) {
  const locations = database.db.collection<LocationDocument>('locations');
  const model = database.connection.model<LocationDocument>('Location', locationSchema);
  return {
    model,

    /** Creates the ones that do not exist; the others stay as they are. */
    async create(created: readonly Location[], session: mongo.ClientSession): Promise<void> {
      if (created.length === 0) return;
      const operations = created.map(({ id, tenantId, ...fields }) => ({
        updateOne: { filter: { tenantId, _id: id }, update: { $setOnInsert: fields }, upsert: true },
      }));
      await locations.bulkWrite(operations, { session, ordered: false });
    },

    /** True when the tenant has this location. */
    async exists(id: string): Promise<boolean> {
      return (await model.exists({ _id: id }).exec()) !== null;
    },

    /** A page by id, after `after`. */
    async list(after: string | undefined, limit: number): Promise<Location[]> {
      const documents = await model
        .find(after === undefined ? {} : { _id: mongoose.trusted({ $gt: after }) })
        .sort({ _id: 1 })
        .hint(inOrder)
        .limit(limit)
        .lean<LocationDocument[]>()
        .exec();
      return documents.map(({ _id, ...fields }) => ({ id: _id, ...fields }));
    },
  };
}
