// Products in MongoDB. Invariants: every write carries its events and is conditional on the version it was decided from;
// every query has the tenant, and every list an index for its filter and order (docs examined = docs returned).
import type { DomainEvent } from '@holdfast/shared/contracts';
import { storeEvents } from '@holdfast/shared/messaging';
import { Conflict, type Database, tenantSchema } from '@holdfast/shared/persistence';
import mongoose, { type mongo, type QueryFilter } from 'mongoose';
import type { Product, ProductChange, ProductStatus } from './product.ts';

export const productsCollection = 'products';
type ProductRow = Product & { events: unknown[] };
/** Where a page starts: after this product, newest first. */
export type ProductPlace = { createdAt: Date; id: string };

const schema = tenantSchema<ProductRow>({
  name: { type: String, required: true },
  description: { type: String, default: null },
  category: { type: String, default: null },
  status: { type: String, required: true, enum: ['draft', 'active', 'archived'] },
  media: { type: [String], required: true },
  metadata: { type: mongoose.Schema.Types.Mixed, default: null },
  variantCount: { type: Number, required: true },
  version: { type: Number, required: true },
  createdAt: { type: Date, required: true },
  updatedAt: { type: Date, required: true },
  requestHash: { type: String, default: null },
  events: { type: [mongoose.Schema.Types.Mixed], required: true },
});
schema.index({ tenantId: 1, createdAt: -1, _id: -1 });
schema.index({ tenantId: 1, status: 1, createdAt: -1, _id: -1 });
schema.index({ tenantId: 1, category: 1, createdAt: -1, _id: -1 });
schema.index({ tenantId: 1, status: 1, category: 1, createdAt: -1, _id: -1 });

export type ProductStore = ReturnType<typeof createProductStore>;

/** The store over this database's `products` collection. */
export function createProductStore(database: Database) {
  const model = database.connection.model<ProductRow>('Product', schema, productsCollection);
  return {
    model,

    /** One product, or undefined when the tenant has none of this id. */
    async find(tenantId: string, id: string, session?: mongo.ClientSession): Promise<Product | undefined> {
      const options = { lean: true, ...(session ? { session } : {}) } as const;
      const row = await model.findOne({ tenantId, _id: id }, { events: 0 }, options).exec();
      return (row as Product | null) ?? undefined;
    },

    /** Up to `limit` products after the place, newest first. */
    async list(
      tenantId: string,
      filter: { status?: ProductStatus | undefined; category?: string | undefined },
      page: { limit: number; after?: ProductPlace | undefined },
    ): Promise<Product[]> {
      const where: QueryFilter<ProductRow> = { tenantId, ...afterPlace(page.after) };
      if (filter.status !== undefined) where.status = filter.status;
      if (filter.category !== undefined) where.category = filter.category;
      const rows = await model
        .find(where, { events: 0 }, { lean: true })
        .sort({ createdAt: -1, _id: -1 })
        .limit(page.limit)
        .exec();
      return rows as Product[];
    },

    /** Stores a new product; a known id is a duplicate key. */
    async insert(product: Product, events: DomainEvent[], session: mongo.ClientSession): Promise<void> {
      await model.insertMany([{ ...product, events: storeEvents(events) }], { session });
    },

    /** Stores a decided change; throws Conflict when the product has another version by now. */
    async save({ before, after, events }: ProductChange, session: mongo.ClientSession): Promise<void> {
      const { _id, tenantId, createdAt: _createdAt, requestHash: _requestHash, ...fields } = after;
      const filter = { tenantId, _id, version: before.version };
      const { matchedCount } = await model
        .updateOne(filter, { $set: { ...fields, events: storeEvents(events) } }, { session })
        .exec();
      if (matchedCount !== 1) throw new Conflict();
    },
  };
}

/** Bounds the index scan at the place's time; among equal times the id decides, read from the index itself. */
function afterPlace(place: ProductPlace | undefined): QueryFilter<ProductRow> {
  if (!place) return {};
  return {
    createdAt: mongoose.trusted({ $lte: place.createdAt }),
    $or: [{ createdAt: mongoose.trusted({ $lt: place.createdAt }) }, { _id: mongoose.trusted({ $lt: place.id }) }],
  } as QueryFilter<ProductRow>;
}
