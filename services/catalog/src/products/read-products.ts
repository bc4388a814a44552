// Products with their variants, as a viewer may see them. Invariant: to a customer,
// a product that is not active does not exist.
import type { UnfinishedItems } from '@holdfast/shared/http';
import type { PageRange } from '@holdfast/shared/persistence';
import type { CategoryTree } from '../categories/category-tree.ts';
import { treeFor } from '../categories/read-categories.ts';
import type { Deps } from '../deps.ts';
import { narrowProducts, type ProductFilters } from '../search/filters.ts';
import { operators, searchPage } from '../search/search.store.ts';
import type { Viewer } from '../viewer.ts';
import type { ProductWithVariants } from './create-product.ts';
import { productOrders } from './product.store.ts';
import type { Product } from './product.ts';

type Reader = Pick<Deps, 'products' | 'variants' | 'categoryTrees'>;
export type ListProducts = {
  viewer: Viewer;
  filters: ProductFilters;
  sort: keyof typeof productOrders;
  page: PageRange;
};
/** `place`: where it stands in the list. */
export type ListedProduct = ProductWithVariants & { place: string };
type FoundProducts = UnfinishedItems<ListedProduct>;
const nothing: FoundProducts = { items: [], resumeAt: undefined };

/** `isMoved`: the path of its category may have changed since its version. */
export type ReadProduct = ProductWithVariants & { isMoved: boolean };

/** One product, or undefined when this viewer has none of this id. */
export async function readVisibleProduct(
  { viewer, id }: { viewer: Viewer; id: string },
  deps: Reader,
): Promise<ReadProduct | undefined> {
  const product = await deps.products.read({ tenantId: viewer.tenantId, id });
  if (!product || (viewer.onlyForSale && product.status !== 'active')) return undefined;
  const variants = await deps.variants.findOfProducts(viewer.tenantId, [id], viewer);
  const tree = await treeFor(viewer.tenantId, product.categoryId !== null, deps);
  const isMoved = tree.mayHaveMovedSince(product.categoryId, product.updatedAt);
  return { product, variants: variants.get(id) ?? [], category: categoryOf(product, tree), isMoved };
}

/** A page of products in the order that is asked for. */
export async function listVisibleProducts(asked: ListProducts, deps: Reader): Promise<FoundProducts> {
  const { viewer, filters, sort, page } = asked;
  const { tenantId } = viewer;
  if (viewer.onlyForSale && filters.status !== undefined && filters.status !== 'active') return nothing;
  const status = viewer.onlyForSale ? 'active' : filters.status;
  const tree = await treeFor(tenantId, filters.category !== undefined, deps);
  const narrowed = narrowProducts({ ...filters, status }, tree, operators);
  if (!narrowed) return nothing;
  const order = productOrders[sort];
  const after = page.after && String(page.after.sort);
  const search = { tenantId, ...narrowed, order };
  const { items: products, resumeAt } = await searchPage(deps.products, search, { after, limit: page.limit });
  const found = products.length === 0 ? [] : await withVariants(products, viewer, deps);
  const items = found.map((one) => ({ ...one, place: order.placeOf(one.product) }));
  return { items, resumeAt: resumeAt === undefined ? undefined : { sort: resumeAt, id: '' } };
}

async function withVariants(products: readonly Product[], viewer: Viewer, deps: Reader) {
  const { tenantId } = viewer;
  const ids = products.map((product) => product.id);
  const variants = await deps.variants.findOfProducts(tenantId, ids, viewer);
  const tree = await treeFor(
    tenantId,
    products.some(({ categoryId }) => categoryId !== null),
    deps,
  );
  return products.map((product) => ({
    product,
    variants: variants.get(product.id) ?? [],
    category: categoryOf(product, tree),
  }));
}

/** The path of its category as it is now; null where it has none. */
export function categoryOf({ categoryId, category }: Product, tree: CategoryTree): string | null {
  // Only text of an older release that could not become a category stands alone.
  return categoryId === null ? category : (tree.pathOf(categoryId) ?? null);
}
