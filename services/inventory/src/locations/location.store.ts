// Locations in MongoDB. The collection is evented, and nothing in it is ever removed.
// Invariant: whoever changes the locations of a tenant, or brings stock to one that had none of the variant, writes
// a document that the others read: of two that would contradict each other one decides again.
import { locationSnapshot, makeEvent } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field, openCollection, type Session } from '@holdfast/shared/persistence';
import { dataOf, type Location } from './location.ts';

export const locations = defineCollection<Location>({
  name: 'locations',
  holds: 'Places where a tenant keeps stock; a removed one stays as a tombstone.',
  isEvented: true,
  fields: {
    name: field.text,
    priority: field.number,
    version: field.number,
    createdAt: field.date,
    updatedAt: field.date,
    deletedAt: field.nullable(field.date),
    arrivals: field.number,
    creation: field.nullable(field.object()),
  },
  lists: [{ by: ['deletedAt'], order: 'id' }],
  defaults: ({ createdAt }) => ({
    priority: 1,
    updatedAt: createdAt as Date,
    deletedAt: null,
    arrivals: 0,
    creation: null,
  }),
  toSnapshot(location, { stamp }) {
    const data = { ...dataOf(location), isDeleted: location.deletedAt !== null };
    return { event: makeEvent(locationSnapshot, location, stamp, data) };
  },
});

export type LocationStore = ReturnType<typeof openLocations>;

const live = locations.indexes[0]!.key;

export function openLocations(database: Database) {
  const collection = openCollection(database, locations);
  return {
    ...collection,

    /** The live locations of these tenants, by id: to decide on, in the transaction of the session. */
    async ofTenants(tenantIds: Iterable<string>, session: Session): Promise<Location[]> {
      const branches = [...new Set(tenantIds)].map((tenantId) => ({ tenantId, deletedAt: null }));
      if (branches.length === 0) return [];
      const filter = branches.length === 1 ? branches[0]! : { $or: branches };
      const found = await collection.native.find(filter, { hint: live, projection: { events: 0 }, session }).toArray();
      return found.map(locations.fromStored).sort((a, b) => (a.id < b.id ? -1 : 1));
    },

    /** The tenants after one, by id; `next` where others may follow; asSystem only. */
    async tenantsAfter(after: string, limit: number): Promise<{ tenantIds: string[]; next: string | undefined }> {
      const options = { hint: live, projection: { tenantId: 1 }, limit };
      const found = collection.native.find({ tenantId: { $gt: after } }, options).sort(live);
      const rows = (await found.toArray()).map(({ tenantId }) => tenantId);
      return { tenantIds: [...new Set(rows)], next: rows.length === limit ? rows.at(-1) : undefined };
    },
  };
}
