// Products in MongoDB.
import { type Database, defineCollection, field, openCollection, type Session } from '@holdfast/shared/persistence';
import mongoose from 'mongoose';
import { namesakesMax } from '../limits.ts';
import { foundByOfProduct, noVariants } from '../search/found-by.ts';
import type { SearchOrder } from '../search/search.store.ts';
import { categoryTerm } from '../search/terms.ts';
import { type Product, productSnapshotEvent, productStatuses } from './product.ts';

const named = { tenantId: 1, name: 1, status: 1, createdAt: 1 } as const;

/** What follows the order filters within the index, so that only what is shown is fetched. */
const filters = { status: 1, categoryId: 1, priceMinor: 1 } as const;
const byNewest = { tenantId: 1, terms: 1, sortKey: -1, ...filters } as const;
const byName = { tenantId: 1, terms: 1, nameKey: 1, ...filters } as const;
const byPrice = { tenantId: 1, terms: 1, priceKey: 1, ...filters } as const;

export const products = defineCollection<Product>({
  name: 'products',
  holds: 'A product; its variants are documents of their own.',
  isEvented: true,
  fields: {
    name: field.text,
    description: field.nullable(field.text),
    category: field.nullable(field.text),
    categoryId: field.nullable(field.text),
    status: field.oneOf(productStatuses),
    media: field.list(),
    metadata: field.nullable(field.record()),
    options: field.nullable(field.record()),
    summary: field.object(),
    variantCount: field.number,
    createdBy: field.text,
    version: field.number,
    createdAt: field.date,
    updatedAt: field.date,
    creation: field.nullable(field.object()),
  },
  lists: [{ order: 'newest' }],
  derived: {
    fields: {
      terms: field.list(),
      nameKey: field.text,
      priceKey: field.text,
      priceMinor: field.optional(field.number),
    },
    of: foundByOfProduct,
  },
  indexes: [
    { key: byNewest, serves: 'lists with filters, and searches; the newest first' },
    { key: byName, serves: 'the same by name' },
    { key: byPrice, serves: 'the same by price' },
    { key: named, serves: 'bulk upserts and imports, which find a product by its name' },
  ],
  defaults: () => ({ categoryId: null, summary: noVariants }),
  toSnapshot: (product, { stamp }) => ({ event: productSnapshotEvent(product, stamp) }),
});

/** The orders of lists. */
export const productOrders = {
  newest: {
    field: 'sortKey',
    direction: -1,
    index: byNewest,
    placeOf: (product) => String(products.placeOf(product).sort),
  },
  name: { field: 'nameKey', direction: 1, index: byName, placeOf: (product) => foundByOfProduct(product).nameKey },
  price: { field: 'priceKey', direction: 1, index: byPrice, placeOf: (product) => foundByOfProduct(product).priceKey },
} as const satisfies Record<string, SearchOrder<Product>>;

export type ProductStore = ReturnType<typeof openProducts>;

/** The collection, and what only products are asked for. */
export function openProducts(database: Database) {
  const collection = openCollection(database, products);
  const ofNames = (tenantId: string, names: readonly string[]) => ({
    tenantId,
    name: mongoose.trusted({ $in: [...names] }),
    status: mongoose.trusted({ $in: ['active', 'draft'] }),
  });
  return {
    ...collection,

    /** Ids of products of a category, the newest first, archived ones included. */
    async idsInCategory(tenantId: string, categoryId: string, limit: number, session: Session): Promise<string[]> {
      const query = { sort: { sortKey: -1 }, index: byNewest, limit, session } as const;
      return (await collection.find({ tenantId, terms: categoryTerm(categoryId) }, query)).map(({ id }) => id);
    },

    /** Products with these names that are not archived; where very many share names, the oldest of each name. */
    async findNamed(tenantId: string, given: Iterable<string>, session: Session): Promise<Product[]> {
      const names = [...new Set(given)];
      if (names.length === 0) return [];
      const query = { sort: { name: 1 }, index: named, session } as const;
      const found = await collection.find(ofNames(tenantId, names), { ...query, limit: namesakesMax });
      if (found.length < namesakesMax) return found;
      const oldest: Product[] = [];
      for (const name of names) {
        const oldestFirst = { sort: { createdAt: 1 }, index: named, session, limit: 1 } as const;
        oldest.push(...(await collection.find(ofNames(tenantId, [name]), oldestFirst)));
      }
      return oldest;
    },
  };
}
