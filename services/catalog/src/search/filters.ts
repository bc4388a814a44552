// From the filters of a list to the terms and conditions that the indexes serve. Pure.
import { optionName, priceMinorMax } from '@holdfast/shared/contracts';
import type { CategoryTree } from '../categories/category-tree.ts';
import { findCategory } from '../categories/find-category.ts';
import type { ProductStatus } from '../products/product.ts';
import { skuKeyOf } from '../variants/sku.ts';
import type { VariantStatus } from '../variants/variant.ts';
import {
  anyTerm,
  categoryTerm,
  forSaleTerm,
  optionTerm,
  priceTermsBetween,
  skuTerm,
  statusTerm,
  termsOfQuery,
} from './terms.ts';

/** What to search by: all of `terms`, or one of `anyOf`. */
export type Narrowed = { terms: string[]; anyOf?: string[]; where: Record<string, unknown> };
/** Values of a field, one of which it has. */
type Among = (values: readonly string[]) => unknown;
type Range = (range: { $gte: number; $lte: number }) => unknown;
/** Conditions that are ours and not a client's, as the store wants them marked. */
export type Operators = { among: Among; range: Range };

export type ProductFilters = {
  q?: string | undefined;
  category?: string | undefined;
  status?: ProductStatus | undefined;
  priceMin?: number | undefined;
  priceMax?: number | undefined;
  options: readonly (readonly [name: string, value: string])[];
};
export type VariantFilters = {
  q?: string | undefined;
  sku?: string | undefined;
  category?: string | undefined;
  status?: VariantStatus | undefined;
  onlyForSale: boolean;
};
const largestPrice = Number.MAX_SAFE_INTEGER;

/** The filters `option.<name>` of a query. */
export function optionsOf(query: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(query).flatMap(([key, value]): [string, string][] => {
    const name = optionName.safeParse(key.startsWith('option.') ? key.slice('option.'.length) : '');
    return name.success ? [[name.data, String(value)]] : [];
  });
}

/** Undefined where nothing can match. */
export function narrowProducts(filters: ProductFilters, tree: CategoryTree, marked: Operators): Narrowed | undefined {
  const { q, category, status, priceMin = 0, priceMax = largestPrice, options } = filters;
  const words = termsOfQuery(q);
  const categoryIds = category === undefined ? undefined : subtreeOf(category, tree);
  if (words?.length === 0 || categoryIds?.length === 0 || priceMin > priceMax) return undefined;
  const isPriced = priceMin > 0 || priceMax < largestPrice;
  const terms = [...options.map(([name, value]) => optionTerm(name, value)), ...(words ?? [])];
  const where: Record<string, unknown> = {};
  if (status !== undefined) where.status = status;
  if (isPriced) where.priceMinor = marked.range({ $gte: priceMin, $lte: priceMax });
  if (terms.length > 0) {
    if (categoryIds) where.categoryId = marked.among(categoryIds);
    return { terms, where };
  }
  if (categoryIds) return { terms, anyOf: categoryIds.map(categoryTerm), where };
  if (isPriced) return { terms, anyOf: priceTermsBetween(priceMin, Math.min(priceMax, priceMinorMax)), where };
  return { terms: [status === undefined ? anyTerm : statusTerm(status)], where };
}

/** Undefined where nothing can match. */
export function narrowVariants(filters: VariantFilters, tree: CategoryTree, marked: Operators): Narrowed | undefined {
  const { q, sku, category, status, onlyForSale } = filters;
  const words = termsOfQuery(q);
  const categoryIds = category === undefined ? undefined : subtreeOf(category, tree);
  if (words?.length === 0 || categoryIds?.length === 0) return undefined;
  const terms = [...(sku === undefined ? [] : [skuTerm(skuKeyOf(sku))]), ...(words ?? [])];
  const where: Record<string, unknown> = {};
  if (status !== undefined) where.status = status;
  if (onlyForSale) where.forSale = true;
  if (terms.length > 0) {
    if (categoryIds) where.categoryId = marked.among(categoryIds);
    return { terms, where };
  }
  if (categoryIds) return { terms, anyOf: categoryIds.map(categoryTerm), where };
  const all = status === undefined ? anyTerm : statusTerm(status);
  return { terms: [onlyForSale ? forSaleTerm : all], where };
}

function subtreeOf(category: string, tree: CategoryTree): string[] {
  const id = findCategory(category, tree);
  return id === undefined ? [] : tree.subtreeOf(id);
}
