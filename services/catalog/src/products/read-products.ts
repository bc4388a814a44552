// Products with their variants, as a viewer may see them. Invariant: to a customer,
// a product that is not active does not exist.
import type { PageRange } from '@holdfast/shared/persistence';
import type { CategoryTree } from '../categories/category-tree.ts';
import { treeFor } from '../categories/read-categories.ts';
import { findCategory } from '../categories/resolve-categories.ts';
import type { Deps } from '../deps.ts';
import type { Viewer } from '../viewer.ts';
import type { ProductWithVariants } from './create-product.ts';
import type { Product, ProductStatus } from './product.ts';

type Reader = Pick<Deps, 'products' | 'variants' | 'categoryTrees'>;
export type ListProducts = {
  viewer: Viewer;
  status?: ProductStatus | undefined;
  category?: string | undefined;
  page: PageRange;
};

/** One product, or undefined when this viewer has none of this id. */
export async function readVisibleProduct(
  { viewer, id }: { viewer: Viewer; id: string },
  deps: Reader,
): Promise<ProductWithVariants | undefined> {
  const product = await deps.products.read({ tenantId: viewer.tenantId, id });
  if (!product || (viewer.onlyForSale && product.status !== 'active')) return undefined;
  const variants = await deps.variants.findOfProducts(viewer.tenantId, [id], viewer);
  const tree = await treeFor(viewer.tenantId, [product], deps);
  return { product, variants: variants.get(id) ?? [], category: categoryOf(product, tree) };
}

/** A page of products, newest first. */
export async function listVisibleProducts(asked: ListProducts, deps: Reader): Promise<ProductWithVariants[]> {
  const { viewer, category, page } = asked;
  if (viewer.onlyForSale && asked.status !== undefined && asked.status !== 'active') return [];
  const status = viewer.onlyForSale ? 'active' : asked.status;
  const categoryId = category && findCategory(category, (await deps.categoryTrees.read(viewer.tenantId)).tree);
  if (category !== undefined && categoryId === undefined) return [];
  const products = await deps.products.list({ tenantId: viewer.tenantId, status, categoryId }, page);
  const ids = products.map((product) => product.id);
  if (ids.length === 0) return [];
  const variants = await deps.variants.findOfProducts(viewer.tenantId, ids, viewer);
  const tree = await treeFor(viewer.tenantId, products, deps);
  return products.map((product) => ({
    product,
    variants: variants.get(product.id) ?? [],
    category: categoryOf(product, tree),
  }));
}

/** The path of its category as it is now; null where it has none. */
export function categoryOf({ categoryId }: Pick<Product, 'categoryId'>, tree: CategoryTree): string | null {
  return (categoryId !== null && tree.pathOf(categoryId)) || null;
}
