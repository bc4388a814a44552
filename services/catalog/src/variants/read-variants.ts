// Variants as a viewer may see them. Invariant: to a customer, a variant that is not for sale does not exist.
import type { PageRange } from '@holdfast/shared/persistence';
import type { Deps } from '../deps.ts';
import type { Viewer } from '../viewer.ts';
import { skuKeyOf } from './sku.ts';
import type { Variant, VariantStatus } from './variant.ts';

export type ListVariants = {
  viewer: Viewer;
  sku?: string | undefined;
  status?: VariantStatus | undefined;
  page: PageRange;
};
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

/**
 * A page of the variants of all products, newest first; with an SKU those that have it,
 * of which one at most is active.
 */
export async function listVisibleVariants(asked: ListVariants, deps: Pick<Deps, 'variants'>): Promise<Variant[]> {
  const { viewer, sku, status, page } = asked;
  if (viewer.onlyForSale && status === 'archived') return [];
  const skuKey = sku === undefined ? undefined : skuKeyOf(sku);
  // What is for sale is active: the status adds nothing, but for the index of SKUs.
  const narrowed: Partial<Variant> = viewer.onlyForSale ? { forSale: true } : { status };
  if (viewer.onlyForSale && skuKey !== undefined) narrowed.status = 'active';
  return deps.variants.list({ tenantId: viewer.tenantId, skuKey, ...narrowed }, page);
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
