// Variants in MongoDB. Invariants: every write carries its events and is conditional on the version it was decided from; an SKU is
// unique within its tenant; every query has the tenant, and every list an index for its filter and order.

import type { DomainEvent } from '@holdfast/shared/contracts';
import { Conflict, type Database, storeEvents, tenantSchema } from '@holdfast/shared/persistence';
import mongoose, { type mongo, type QueryFilter } from 'mongoose';
import type { Variant, VariantChange, VariantStatus } from './variant.ts';

export const variantsCollection = 'variants';
type VariantRow = Variant & { events: unknown[] };
export type NewVariant = { variant: Variant; events: DomainEvent[] };
/** Narrows to what customers may see when true. */
type Visible = { onlyForSale: boolean };

const { Mixed } = mongoose.Schema.Types;
const schema = tenantSchema<VariantRow>({
  productId: { type: String, required: true },
  position: { type: Number, required: true },
  productName: { type: String, required: true },
  sku: { type: String, required: true },
  options: { type: Mixed, required: true },
  price: { type: Mixed, required: true },
  cost: { type: Mixed, default: null },
  barcode: { type: String, default: null },
  weightGrams: { type: Number, default: null },
  status: { type: String, required: true, enum: ['active', 'archived'] },
  forSale: { type: Boolean, required: true },
  initialStock: { type: Number, required: true },
  reorderLevel: { type: Number, required: true },
  version: { type: Number, required: true },
  createdAt: { type: Date, required: true },
  updatedAt: { type: Date, required: true },
  sortKey: { type: String, required: true },
  creation: { type: Mixed, default: null },
  events: { type: [Mixed], required: true },
});
/** The index of each query; named in it, because the planner may take another one that begins with the tenant as well. */
const indexes = {
  id: { _id: 1 },
  sku: { tenantId: 1, sku: 1 },
  ofProduct: { tenantId: 1, productId: 1, position: 1 },
  forSaleOfProduct: { tenantId: 1, productId: 1, forSale: 1, position: 1 },
  all: { tenantId: 1, sortKey: -1 },
  status: { tenantId: 1, status: 1, sortKey: -1 },
  forSale: { tenantId: 1, forSale: 1, sortKey: -1 },
} as const;
for (const index of [indexes.sku, indexes.ofProduct]) schema.index(index, { unique: true });
for (const index of [indexes.forSaleOfProduct, indexes.all, indexes.status, indexes.forSale]) schema.index(index);

export type VariantStore = ReturnType<typeof createVariantStore>;

/** The store over this database's `variants` collection. */
export function createVariantStore(database: Database) {
  const model = database.connection.model<VariantRow>('Variant', schema, variantsCollection);

  async function findWhere(
    where: QueryFilter<VariantRow>,
    hint: Record<string, 1 | -1>,
    session?: mongo.ClientSession,
  ): Promise<Variant[]> {
    const options = { lean: true, hint, ...(session ? { session } : {}) } as const;
    return (await model.find(where, { events: 0 }, options).exec()) as Variant[];
  }

  return {
    model,

    /** One variant, or undefined when the tenant has none of this id. */
    async find(tenantId: string, id: string, session?: mongo.ClientSession): Promise<Variant | undefined> {
      return (await findWhere({ tenantId, _id: id }, indexes.id, session))[0];
    },

    /** All variants of a product, archived ones included, in no particular order; at most 100. */
    findOfProduct(tenantId: string, productId: string, session: mongo.ClientSession): Promise<Variant[]> {
      return findWhere({ tenantId, productId }, indexes.ofProduct, session);
    },

    /** The variants of the products on a page, by position; at most 100 of each product. */
    async findOfProducts(tenantId: string, productIds: string[], visible: Visible): Promise<Map<string, Variant[]>> {
      const byProduct = new Map<string, Variant[]>(productIds.map((id) => [id, []]));
      const where = { tenantId, productId: mongoose.trusted({ $in: productIds }), ...forSaleOnly(visible) };
      const rows = await findWhere(where as QueryFilter<VariantRow>, ofProductIndex(visible));
      for (const row of rows.sort((a, b) => a.position - b.position)) byProduct.get(row.productId)?.push(row);
      return byProduct;
    },

    /** Up to `limit` variants of a product above the position, by position. */
    async listOfProduct(
      tenantId: string,
      productId: string,
      page: { limit: number; afterPosition?: number | undefined } & Visible,
    ): Promise<Variant[]> {
      const after = page.afterPosition === undefined ? {} : { position: mongoose.trusted({ $gt: page.afterPosition }) };
      const where = { tenantId, productId, ...forSaleOnly(page), ...after } as QueryFilter<VariantRow>;
      const rows = await model
        .find(where, { events: 0 }, { lean: true })
        .sort({ position: 1 })
        .limit(page.limit)
        .hint(ofProductIndex(page))
        .exec();
      return rows as Variant[];
    },

    /** Up to `limit` variants of the tenant after the key, newest first. */
    async list(
      tenantId: string,
      filter: { status?: VariantStatus | undefined } & Visible,
      page: { limit: number; afterKey?: string | undefined },
    ): Promise<Variant[]> {
      const { onlyForSale, status } = filter;
      const where = {
        tenantId,
        ...(onlyForSale ? { forSale: true } : status === undefined ? {} : { status }),
        ...(page.afterKey === undefined ? {} : { sortKey: mongoose.trusted({ $lt: page.afterKey }) }),
      } as QueryFilter<VariantRow>;
      const rows = await model
        .find(where, { events: 0 }, { lean: true })
        .sort({ sortKey: -1 })
        .limit(page.limit)
        .hint(onlyForSale ? indexes.forSale : status === undefined ? indexes.all : indexes.status)
        .exec();
      return rows as Variant[];
    },

    /** The variant with this SKU, if any. */
    async findBySku(tenantId: string, sku: string): Promise<Variant | undefined> {
      return (await findWhere({ tenantId, sku }, indexes.sku))[0];
    },

    /** Which of these SKUs the tenant uses already, archived variants included. */
    async takenSkus(tenantId: string, skus: string[]): Promise<string[]> {
      const where = { tenantId, sku: mongoose.trusted({ $in: skus }) } as QueryFilter<VariantRow>;
      const rows = await model.find(where, { _id: 0, sku: 1 }, { lean: true, hint: indexes.sku }).exec();
      return rows.map((row) => row.sku);
    },

    /** Stores new variants; a known id or SKU is a duplicate key. */
    async insert(variants: NewVariant[], session: mongo.ClientSession): Promise<void> {
      const rows = variants.map(({ variant, events }) => ({ ...variant, events: storeEvents(events) }));
      await model.insertMany(rows, { session });
    },

    /** Stores decided changes; throws Conflict when one of the variants has another version by now. */
    async save(changes: VariantChange[], session: mongo.ClientSession): Promise<void> {
      if (changes.length === 0) return;
      const operations = changes.map(({ before, after, events }) => {
        const { _id, tenantId, createdAt: _createdAt, sortKey: _sortKey, creation: _creation, ...fields } = after;
        const update = { $set: { ...fields, events: storeEvents(events) } };
        return { updateOne: { filter: { tenantId, _id, version: before.version }, update, hint: indexes.id } };
      });
      const { matchedCount } = await model.bulkWrite(operations, { session });
      if (matchedCount !== changes.length) throw new Conflict();
    },
  };
}

function forSaleOnly({ onlyForSale }: Visible): { forSale?: true } {
  return onlyForSale ? { forSale: true } : {};
}

function ofProductIndex({ onlyForSale }: Visible) {
  return onlyForSale ? indexes.forSaleOfProduct : indexes.ofProduct;
}
