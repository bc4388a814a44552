// Locations in MongoDB.
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import type { Location } from './location.ts';

export const locations = defineCollection<Location>({
  name: 'locations',
  holds: 'A place where stock is kept.',
  fields: { name: field.text, version: field.number, createdAt: field.date },
  lists: [{ order: 'id' }],
});

export type LocationStore = ReturnType<typeof openLocations>;

export const openLocations = (database: Database) => openCollection(database, locations);
