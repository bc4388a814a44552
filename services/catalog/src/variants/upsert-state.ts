// What has to be read to decide on a chunk of rows. Pure.
import { isSameCombination } from '../products/options.ts';
import type { Product } from '../products/product.ts';
import { skuKeyOf } from './sku.ts';
import type { Numbered } from './upsert-rows.ts';
import type { Variant } from './variant.ts';

/** What was read for a chunk. */
export type UpsertState = {
  /** Active variants that have an SKU of the rows, by its key. */
  readonly known: ReadonlyMap<string, Variant>;
  /** Products of known variants, and those that have a name of the rows. */
  readonly products: readonly Product[];
  /** All variants of the products that `productsToRead` names. */
  readonly members: ReadonlyMap<string, readonly Variant[]>;
};
/**
 * Products of which all variants must be read, because a row changes what they are found by: another status or category
 * changes them, and another combination of options must differ from theirs.
 */
export function productsToRead(rows: readonly Numbered[], state: Omit<UpsertState, 'members'>): Product[] {
  const byId = new Map(state.products.map((product) => [product.id, product]));
  const byName = namesOf(state.products);
  const found = new Set<Product>();
  for (const { fields, category } of rows) {
    const variant = state.known.get(skuKeyOf(fields.sku));
    const product = byId.get(variant?.productId ?? byName.get(fields.name ?? '') ?? '');
    if (!product) continue;
    const { price, barcode, options } = fields;
    const isSold = variant && fits(price, variant.price) && fits(barcode, variant.barcode);
    const isKept = isSold && (options === undefined || isSameCombination(options, variant.options));
    const isFiled = fits(fields.status, product.status) && fits(category?.id, product.categoryId);
    if (!isKept || !isFiled) found.add(product);
  }
  return [...found];
}

/** Of several products with one name the oldest. */
export function namesOf(products: readonly Product[]): Map<string, string> {
  const oldestFirst = [...products].sort((a, b) => +a.createdAt - +b.createdAt || (a.id < b.id ? -1 : 1));
  const names = new Map<string, string>();
  for (const { name, id, status } of oldestFirst) {
    if (status !== 'archived' && !names.has(name)) names.set(name, id);
  }
  return names;
}

/** True for what is not given, or is what is stored. */
const fits = (given: unknown, stored: unknown) => given === undefined || isSame(given, stored);
/** True for values that are stored as the same. */
export const isSame = (a: unknown, b: unknown) => a === b || JSON.stringify(a) === JSON.stringify(b);
/** The same of entities: most fields of a draft are those that were read, which is seen without writing them out. */
export function isSameEntity<E extends object>(a: E, b: E): boolean {
  if (a === b) return true;
  const names = [...Object.keys(a), ...Object.keys(b)] as (keyof E)[];
  return names.every((name) => isSame(a[name], b[name]));
}
