// Everything that the catalog works with, opened in order and closed in reverse.
import type { Database } from '@holdfast/shared/persistence';
import { openService, type ServiceOptions } from '@holdfast/shared/service';
import { markedStore } from './answers/marked-store.ts';
import { openCatalogCache } from './catalog-cache.ts';
import { categories, categoryTrees, openCategories, openCategoryTrees } from './categories/category.store.ts';
import { categoryFilings, openCategoryFilings } from './categories/category-filings.store.ts';
import type { Config } from './config.ts';
import { conversions, openConversions } from './conversions/conversion.store.ts';
import { convertProducts } from './conversions/convert-products.ts';
import { exports, openExports } from './exports/export.store.ts';
import { importErrors, imports, openImportErrors, openImports } from './imports/import.store.ts';
import { openJobs } from './open-jobs.ts';
import { openProducts, products } from './products/product.store.ts';
import { createTurns } from './variants/turns.ts';
import { openUpsertRecords, upsertRecords } from './variants/upsert-record.store.ts';
import { openVariants, variants } from './variants/variant.store.ts';

/** In the order of a resync. */
export const collections = [
  categories,
  products,
  variants,
  categoryTrees,
  categoryFilings,
  upsertRecords,
  imports,
  importErrors,
  exports,
  conversions,
] as const;

export type Deps = Awaited<ReturnType<typeof openDeps>>;

/** Opens everything, waiting for MongoDB if it is not there yet; Redis and auth may come later. */
export function openDeps(config: Config, options: ServiceOptions = {}) {
  return openService(
    {
      name: 'catalog',
      publishes: 'catalog',
      config,
      collections,
      stores: openStores,
    },
    options,
    async (service) => {
      const { stores, startTrust, database, clock } = service;
      await convertProducts({ ...stores, database, clock });
      const cache = openCatalogCache(service);
      const marked = {
        ...stores,
        products: markedStore(stores.products, 'product', cache.marker),
        variants: markedStore(stores.variants, 'variant', cache.marker),
        categories: markedStore(stores.categories, 'category', cache.marker),
      };
      return {
        ...marked,
        cache,
        upsertTurns: createTurns(),
        trust: startTrust(config.AUTH_URL),
        ...(await openJobs(service, { stores: marked, marker: cache.marker })),
      };
    },
  );
}

export type Stores = ReturnType<typeof openStores>;

/** The stores over an open database; nothing is sent yet. */
export function openStores(database: Database) {
  return {
    products: openProducts(database),
    variants: openVariants(database),
    categories: openCategories(database),
    categoryTrees: openCategoryTrees(database),
    categoryFilings: openCategoryFilings(database),
    upsertRecords: openUpsertRecords(database),
    imports: openImports(database),
    importErrors: openImportErrors(database),
    exports: openExports(database),
    conversions: openConversions(database),
  };
}
