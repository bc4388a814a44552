// Variants in MongoDB. Invariants: every write carries its events and is conditional on the version it was decided
// from; among a tenant's active variants an SKU is unique, whatever its case; what a client names freely (options) is
// written as a plain record, and natively; every query has the tenant,
// and every list an index for its filter and order.

import type { DomainEvent } from '@holdfast/shared/contracts';
import { Conflict, type Database, plainRecord, storeEvents, tenantSchema } from '@holdfast/shared/persistence';
import mongoose, { type mongo, type QueryFilter } from 'mongoose';
import type { Variant, VariantChange, VariantStatus } from './variant.ts';

export const variantsCollection = 'variants';
type VariantRow = Variant & { events: unknown[] };
export type NewVariant = { variant: Variant; events: DomainEvent[] };
/** Narrows to what customers may see when true. */
type Visible = { onlyForSale: boolean };
type VariantFilter = { skuKey?: string | undefined; status?: VariantStatus | undefined } & Visible;

const { Mixed } = mongoose.Schema.Types;
const schema = tenantSchema<VariantRow>({
  productId: { type: String, required: true },
  position: { type: Number, required: true },
  productName: { type: String, required: true },
  sku: { type: String, required: true },
  skuKey: { type: String, required: true },
  options: { type: Mixed, required: true },
  price: { type: Mixed, required: true },
  cost: { type: Mixed, default: null },
  barcode: { type: String, default: null },
  weightGrams: { type: Number, default: null },
  status: { type: String, required: true, enum: ['active', 'archived'] },
  forSale: { type: Boolean, required: true },
  initialStock: { type: Number, required: true },
  reorderLevel: { type: Number, required: true },
  createdBy: { type: String, required: true },
  version: { type: Number, required: true },
  createdAt: { type: Date, required: true },
  updatedAt: { type: Date, required: true },
  sortKey: { type: String, required: true },
  creation: { type: Mixed, default: null },
  events: { type: [Mixed], required: true },
});
/**
 * The index of each query; named in it, because the planner may take another one that begins with the tenant as well.
 */
const indexes = {
  id: { _id: 1 },
  sku: { tenantId: 1, skuKey: 1, status: 1, sortKey: -1 },
  activeSku: { tenantId: 1, skuKey: 1 },
  ofProduct: { tenantId: 1, productId: 1, position: 1 },
  forSaleOfProduct: { tenantId: 1, productId: 1, forSale: 1, position: 1 },
  all: { tenantId: 1, sortKey: -1 },
  status: { tenantId: 1, status: 1, sortKey: -1 },
  forSale: { tenantId: 1, forSale: 1, sortKey: -1 },
} as const;
schema.index(indexes.activeSku, { unique: true, partialFilterExpression: { status: 'active' } });
schema.index(indexes.ofProduct, { unique: true });
for (const index of [indexes.sku, indexes.forSaleOfProduct, indexes.all, indexes.status, indexes.forSale])
  schema.index(index);

export type VariantStore = ReturnType<typeof createVariantStore>;

/** The store over this database's `variants` collection. */
export function createVariantStore(database: Database) {
  const model = database.connection.model<VariantRow>('Variant', schema, variantsCollection);
  const variants = database.db.collection<VariantRow>(variantsCollection);

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
      filter: VariantFilter,
      page: { limit: number; afterKey?: string | undefined },
    ): Promise<Variant[]> {
      const { where, index } = conditionOf(filter);
      const after = page.afterKey === undefined ? {} : { sortKey: mongoose.trusted({ $lt: page.afterKey }) };
      const rows = await model
        .find({ tenantId, ...where, ...after } as QueryFilter<VariantRow>, { events: 0 }, { lean: true })
        .sort({ sortKey: -1 })
        .limit(page.limit)
        .hint(index)
        .exec();
      return rows as Variant[];
    },

    /** Which of these SKU keys active variants of the tenant have. */
    async takenSkuKeys(tenantId: string, skuKeys: string[]): Promise<Set<string>> {
      const where = { tenantId, skuKey: mongoose.trusted({ $in: skuKeys }), status: 'active' };
      const options = { lean: true, hint: indexes.activeSku } as const;
      const rows = await model.find(where as QueryFilter<VariantRow>, { _id: 0, skuKey: 1 }, options).exec();
      return new Set(rows.map((row) => row.skuKey));
    },

    /** Stores new variants; a known id or a taken SKU is a duplicate key. */
    async insert(added: NewVariant[], session: mongo.ClientSession): Promise<void> {
      const rows = added.map(({ variant, events }) => ({ ...toStored(variant), events: storeEvents(events) }));
      await variants.insertMany(rows, { session });
    },

    /** Stores decided changes; throws Conflict when one of the variants has another version by now. */
    async save(changes: VariantChange[], session: mongo.ClientSession): Promise<void> {
      if (changes.length === 0) return;
      const operations = changes.map(({ before, after, events }) => {
        const {
          _id,
          tenantId,
          createdAt: _createdAt,
          sortKey: _sortKey,
          creation: _creation,
          ...fields
        } = toStored(after);
        const update = { $set: { ...fields, events: storeEvents(events) } };
        return { updateOne: { filter: { tenantId, _id, version: before.version }, update, hint: indexes.id } };
      });
      const { matchedCount } = await variants.bulkWrite(operations, { session });
      if (matchedCount !== changes.length) throw new Conflict();
    },
  };
}

function toStored(variant: Variant): Variant {
  return { ...variant, options: plainRecord(variant.options) };
}

/** What a list is narrowed to, and the index for it. */
function conditionOf({ skuKey, status, onlyForSale }: VariantFilter) {
  const narrow = onlyForSale ? { forSale: true } : status === undefined ? {} : { status };
  if (skuKey !== undefined) {
    // Every status is named, so that the index gives each of them in the order of the list.
    const statuses = onlyForSale ? ['active'] : status === undefined ? ['active', 'archived'] : [status];
    return { where: { ...narrow, skuKey, status: mongoose.trusted({ $in: statuses }) }, index: indexes.sku };
  }
  return { where: narrow, index: onlyForSale ? indexes.forSale : status === undefined ? indexes.all : indexes.status };
}

function forSaleOnly({ onlyForSale }: Visible): { forSale?: true } {
  return onlyForSale ? { forSale: true } : {};
}

function ofProductIndex({ onlyForSale }: Visible) {
  return onlyForSale ? indexes.forSaleOfProduct : indexes.ofProduct;
}
