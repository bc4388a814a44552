// What is incoming, in MongoDB.
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import mongoose from 'mongoose';
import type { Incoming } from './incoming.ts';

const ofVariant = {
  key: { tenantId: 1, variantId: 1, locationId: 1 },
  serves: 'what is incoming of variants, at all locations or at one',
} as const;

export const incoming = defineCollection<Incoming>({
  name: 'incoming',
  holds: 'How much of a variant open purchase orders are to bring to a location.',
  fields: { variantId: field.text, locationId: field.text, quantity: field.number, version: field.number },
  indexes: [ofVariant],
});

export type IncomingStore = ReturnType<typeof openIncoming>;

export function openIncoming(database: Database) {
  const collection = openCollection(database, incoming);
  return {
    ...collection,

    /** Of these variants, at one location or at all. */
    ofVariants(variantIds: readonly string[], locationId: string | undefined): Promise<Incoming[]> {
      const where = { variantId: mongoose.trusted({ $in: [...variantIds] }), ...(locationId ? { locationId } : {}) };
      return collection.find(where, { sort: {}, index: ofVariant.key });
    },
  };
}
