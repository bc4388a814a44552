// Variants in MongoDB. Invariant: among a tenant's active variants an SKU is unique, whatever its case.
import { type Database, defineCollection, field, openCollection, type Session } from '@holdfast/shared/persistence';
import mongoose from 'mongoose';
import { termsOfVariant } from '../search/found-by.ts';
import type { SearchOrder } from '../search/search.store.ts';
import { type Variant, variantSnapshotEvent, variantStatuses } from './variant.ts';

const activeSku = { tenantId: 1, skuKey: 1 } as const;
const ofProduct = { tenantId: 1, productId: 1, position: 1 } as const;
const forSaleOfProduct = { tenantId: 1, productId: 1, forSale: 1, position: 1 } as const;

/** What follows the order filters within the index, so that only what is shown is fetched. */
const foundVariants = { tenantId: 1, terms: 1, sortKey: -1, status: 1, forSale: 1, categoryId: 1 } as const;

export const variants = defineCollection<Variant>({
  name: 'variants',
  holds: 'One sellable SKU of a product.',
  isEvented: true,
  fields: {
    productId: field.text,
    position: field.number,
    productName: field.text,
    categoryId: field.nullable(field.text),
    sku: field.text,
    skuKey: field.text,
    options: field.record(),
    price: field.object(),
    cost: field.nullable(field.object()),
    barcode: field.nullable(field.text),
    weightGrams: field.nullable(field.number),
    status: field.oneOf(variantStatuses),
    archivedWithProduct: field.optional(field.flag),
    forSale: field.flag,
    initialStock: field.number,
    reorderLevel: field.number,
    createdBy: field.text,
    version: field.number,
    createdAt: field.date,
    updatedAt: field.date,
    creation: field.nullable(field.object()),
  },
  lists: [
    { by: ['productId', 'forSale'], order: 'position' },
    { by: ['productId'], order: 'position', unique: true },
    { order: 'newest' },
  ],
  derived: { fields: { terms: field.list() }, of: (variant) => ({ terms: termsOfVariant(variant) }) },
  indexes: [
    { key: foundVariants, serves: 'lists with filters, and searches; the newest first' },
    {
      key: activeSku,
      unique: true,
      partialFilterExpression: { status: 'active' },
      serves: 'which SKUs are taken; among active variants an SKU is unique',
    },
  ],
  defaults: () => ({ categoryId: null }),
  toSnapshot: (variant, { stamp }) => ({ event: variantSnapshotEvent(variant, stamp) }),
});

export type ProductsPage = { variants: Variant[]; next: string | undefined };

/** Newest first. */
export const newestVariants: SearchOrder<Variant> = {
  field: 'sortKey',
  direction: -1,
  index: foundVariants,
  placeOf: (variant) => String(variants.placeOf(variant).sort),
};

export type VariantStore = ReturnType<typeof openVariants>;

/** The collection, and what only variants are asked for. */
export function openVariants(database: Database) {
  const collection = openCollection(database, variants);
  const { find } = collection;

  /** The active variants that have these SKU keys. */
  function findActive(tenantId: string, skuKeys: readonly string[], session?: Session): Promise<Variant[]> {
    const where = { tenantId, skuKey: mongoose.trusted({ $in: [...skuKeys] }), status: 'active' };
    return find(where, { sort: { skuKey: 1 }, index: activeSku, session });
  }

  return {
    ...collection,

    /** All variants of a product, archived ones included, by position; at most 100. */
    findOfProduct(tenantId: string, productId: string, session: Session): Promise<Variant[]> {
      return find({ tenantId, productId }, { sort: { position: 1 }, index: ofProduct, session });
    },

    /** The variants of the products on a page, by position; at most 100 of each product. */
    async findOfProducts(
      tenantId: string,
      productIds: readonly string[],
      { onlyForSale, session }: { onlyForSale: boolean; session?: Session },
    ): Promise<Map<string, Variant[]>> {
      if (productIds.length === 0) return new Map();
      const where = { tenantId, productId: mongoose.trusted({ $in: [...productIds] }) };
      const sort = { productId: 1, position: 1 } as const;
      const found = onlyForSale
        ? await find({ ...where, forSale: true }, { sort, index: forSaleOfProduct, session })
        : await find(where, { sort, index: ofProduct, session });
      const byProduct = new Map<string, Variant[]>(productIds.map((id) => [id, []]));
      for (const variant of found) byProduct.get(variant.productId)?.push(variant);
      return byProduct;
    },

    findActive,

    /**
     * Whole products' variants, archived ones included, of the products after this one by id; `next` is where the
     * following page goes on. `limit` is more than one product has.
     */
    async listByProduct(tenantId: string, after: string, limit: number): Promise<ProductsPage> {
      const where = { tenantId, productId: mongoose.trusted({ $gt: after }) };
      const found = await find(where, { sort: { productId: 1, position: 1 }, index: ofProduct, limit });
      if (found.length < limit) return { variants: found, next: undefined };
      const cut = found.at(-1)!.productId;
      const whole = found.filter(({ productId }) => productId !== cut);
      return { variants: whole, next: whole.at(-1)!.productId };
    },

    /** Which of these SKU keys active variants of the tenant have. */
    async takenSkuKeys(tenantId: string, skuKeys: readonly string[]): Promise<Set<string>> {
      return new Set((await findActive(tenantId, skuKeys)).map(({ skuKey }) => skuKey));
    },
  };
}
