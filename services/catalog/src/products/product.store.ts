// Products in MongoDB. Invariants: every write carries its events and is conditional on the version it was decided
// from; what a client names freely (metadata, options) is written as plain records, and natively: mongoose would make
// numbers of what calls itself a Double; every query has the tenant, and every list an index for its filter and order
// (docs examined = docs returned).
import type { DomainEvent } from '@holdfast/shared/contracts';
import { Conflict, type Database, plainRecord, storeEvents, tenantSchema } from '@holdfast/shared/persistence';
import mongoose, { type mongo, type QueryFilter } from 'mongoose';
import type { Product, ProductChange, ProductStatus } from './product.ts';

export const productsCollection = 'products';
type ProductRow = Product & { events: unknown[] };

const schema = tenantSchema<ProductRow>({
  name: { type: String, required: true },
  description: { type: String, default: null },
  category: { type: String, default: null },
  status: { type: String, required: true, enum: ['draft', 'active', 'archived'] },
  media: { type: [String], required: true },
  metadata: { type: mongoose.Schema.Types.Mixed, default: null },
  options: { type: mongoose.Schema.Types.Mixed, default: null },
  variantCount: { type: Number, required: true },
  createdBy: { type: String, required: true },
  version: { type: Number, required: true },
  createdAt: { type: Date, required: true },
  updatedAt: { type: Date, required: true },
  sortKey: { type: String, required: true },
  creation: { type: mongoose.Schema.Types.Mixed, default: null },
  events: { type: [mongoose.Schema.Types.Mixed], required: true },
});
/**
 * The index of each filter; named in every query, because the planner may take another one whose order fits as well.
 */
const indexes = {
  id: { _id: 1 },
  all: { tenantId: 1, sortKey: -1 },
  status: { tenantId: 1, status: 1, sortKey: -1 },
  category: { tenantId: 1, category: 1, sortKey: -1 },
  statusAndCategory: { tenantId: 1, status: 1, category: 1, sortKey: -1 },
} as const;
for (const index of [indexes.all, indexes.status, indexes.category, indexes.statusAndCategory]) schema.index(index);

export type ProductStore = ReturnType<typeof createProductStore>;

/** The store over this database's `products` collection. */
export function createProductStore(database: Database) {
  const model = database.connection.model<ProductRow>('Product', schema, productsCollection);
  const products = database.db.collection<ProductRow>(productsCollection);
  return {
    model,

    /** One product, or undefined when the tenant has none of this id. */
    async find(tenantId: string, id: string, session?: mongo.ClientSession): Promise<Product | undefined> {
      const options = { lean: true, hint: indexes.id, ...(session ? { session } : {}) } as const;
      const row = await model.findOne({ tenantId, _id: id }, { events: 0 }, options).exec();
      return (row as Product | null) ?? undefined;
    },

    /** Up to `limit` products after the key, newest first. */
    async list(
      tenantId: string,
      { status, category }: { status?: ProductStatus | undefined; category?: string | undefined },
      page: { limit: number; afterKey?: string | undefined },
    ): Promise<Product[]> {
      const where = {
        tenantId,
        ...(status === undefined ? {} : { status }),
        ...(category === undefined ? {} : { category }),
        ...(page.afterKey === undefined ? {} : { sortKey: mongoose.trusted({ $lt: page.afterKey }) }),
      } as QueryFilter<ProductRow>;
      const rows = await model
        .find(where, { events: 0 }, { lean: true })
        .sort({ sortKey: -1 })
        .limit(page.limit)
        .hint(indexOf(status !== undefined, category !== undefined))
        .exec();
      return rows as Product[];
    },

    /** Stores a new product; a known id is a duplicate key. */
    async insert(product: Product, events: DomainEvent[], session: mongo.ClientSession): Promise<void> {
      await products.insertOne({ ...toStored(product), events: storeEvents(events) }, { session });
    },

    /** Stores a decided change; throws Conflict when the product has another version by now. */
    async save({ before, after, events }: ProductChange, session: mongo.ClientSession): Promise<void> {
      const {
        _id,
        tenantId,
        createdAt: _createdAt,
        sortKey: _sortKey,
        creation: _creation,
        ...fields
      } = toStored(after);
      const filter = { tenantId, _id, version: before.version };
      const update = { $set: { ...fields, events: storeEvents(events) } };
      const { matchedCount } = await products.updateOne(filter, update, { session, hint: indexes.id });
      if (matchedCount !== 1) throw new Conflict();
    },
  };
}

function toStored(product: Product): Product {
  const { metadata, options } = product;
  return { ...product, metadata: metadata && plainRecord(metadata), options: options && plainRecord(options) };
}

function indexOf(byStatus: boolean, byCategory: boolean) {
  if (byStatus) return byCategory ? indexes.statusAndCategory : indexes.status;
  return byCategory ? indexes.category : indexes.all;
}
