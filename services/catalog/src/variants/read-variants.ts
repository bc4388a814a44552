// Variants as a viewer may see them. Invariant: to a customer, a variant that is not for sale does not exist.
import type { UnfinishedItems } from '@holdfast/shared/http';
import type { PageRange } from '@holdfast/shared/persistence';
import { treeFor } from '../categories/read-categories.ts';
import type { Deps } from '../deps.ts';
import { narrowVariants, type VariantFilters } from '../search/filters.ts';
import { operators, searchPage } from '../search/search.store.ts';
import type { Viewer } from '../viewer.ts';
import { newestVariants } from './variant.store.ts';
import type { Variant } from './variant.ts';

export type ListVariants = {
  viewer: Viewer;
  filters: Omit<VariantFilters, 'onlyForSale'>;
  ids?: readonly string[] | undefined;
  page: PageRange;
};
type Reader = Pick<Deps, 'variants' | 'categoryTrees'>;
type FoundVariants = UnfinishedItems<Variant>;
const nothing: FoundVariants = { items: [], resumeAt: undefined };
export type ListVariantsOfProduct = {
  viewer: Viewer;
  productId: string;
  page: PageRange;
};

/** One variant, or undefined when this viewer has none of this id. */
export async function readVisibleVariant(
  { viewer, id }: { viewer: Viewer; id: string },
  deps: Pick<Deps, 'variants'>,
): Promise<Variant | undefined> {
  return visible(await deps.variants.read({ tenantId: viewer.tenantId, id }), viewer);
}

/** A page of the variants of all products, newest first; with ids only of those. */
export async function listVisibleVariants(asked: ListVariants, deps: Reader): Promise<FoundVariants> {
  const { viewer, filters, ids, page } = asked;
  const { tenantId, onlyForSale } = viewer;
  if (onlyForSale && filters.status === 'archived') return nothing;
  const after = page.after && String(page.after.sort);
  if (ids !== undefined) {
    const found = [...(await deps.variants.readMany(ids.map((id) => ({ tenantId, id })))).values()];
    const items = found
      .filter((variant) => visible(variant, viewer) && (filters.status ?? variant.status) === variant.status)
      .map((variant) => ({ variant, place: newestVariants.placeOf(variant) }))
      .filter(({ place }) => after === undefined || place < after)
      .sort((a, b) => (a.place < b.place ? 1 : -1));
    return { items: items.slice(0, page.limit).map(({ variant }) => variant), resumeAt: undefined };
  }
  const tree = await treeFor(tenantId, filters.category !== undefined, deps);
  const narrowed = narrowVariants({ ...filters, onlyForSale }, tree, operators);
  if (!narrowed) return nothing;
  const search = { tenantId, ...narrowed, order: newestVariants };
  const { items, resumeAt } = await searchPage(deps.variants, search, { after, limit: page.limit });
  return { items, resumeAt: resumeAt === undefined ? undefined : { sort: resumeAt, id: '' } };
}

/** A page of the variants of a product, by position; undefined when this viewer has no such product. */
export async function listVisibleVariantsOfProduct(
  { viewer, productId, page }: ListVariantsOfProduct,
  deps: Pick<Deps, 'products' | 'variants'>,
): Promise<Variant[] | undefined> {
  const product = await deps.products.read({ tenantId: viewer.tenantId, id: productId });
  if (!product || (viewer.onlyForSale && product.status !== 'active')) return undefined;
  const visible = viewer.onlyForSale ? { forSale: true } : {};
  return deps.variants.list({ tenantId: viewer.tenantId, productId, ...visible }, page);
}

function visible(variant: Variant | undefined, viewer: Viewer): Variant | undefined {
  return variant && (variant.forSale || !viewer.onlyForSale) ? variant : undefined;
}
