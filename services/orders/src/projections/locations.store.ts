// Which locations a tenant has: a projection of inventory's events, so that what comes back is put where there is one.
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';

export type LocationState = { id: string; tenantId: string; isDeleted: boolean; version: number };

export const locations = defineCollection<LocationState>({
  name: 'locations',
  holds: 'What orders knows of a location from the events of inventory: that it exists.',
  fields: { isDeleted: field.flag, version: field.number },
});

export type LocationStore = ReturnType<typeof openLocationStore>;

export function openLocationStore(database: Database) {
  const collection = openCollection(database, locations);
  return {
    /** Which of these the tenant has. */
    async exist(tenantId: string, ids: ReadonlySet<string>): Promise<ReadonlySet<string>> {
      const found = await collection.readMany([...ids].map((id) => ({ tenantId, id })));
      return new Set([...found.values()].filter(({ isDeleted }) => !isDeleted).map(({ id }) => id));
    },
    /** Applies states that are newer than what is stored. */
    upsert: collection.saveNewer,
  };
}
