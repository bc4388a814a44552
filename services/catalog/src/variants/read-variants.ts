// Variants as a viewer may see them. Invariant: to a customer, a variant that is not for sale does not exist.
import type { Deps } from '../deps.ts';
import type { Viewer } from '../viewer.ts';
import { skuKeyOf } from './sku.ts';
import type { Variant, VariantStatus } from './variant.ts';

export type ListVariants = {
  viewer: Viewer;
  sku?: string | undefined;
  status?: VariantStatus | undefined;
  limit: number;
  afterKey?: string | undefined;
};
export type ListVariantsOfProduct = {
  viewer: Viewer;
  productId: string;
  limit: number;
  afterPosition?: number | undefined;
};

/** One variant, or undefined when this viewer has none of this id. */
export async function readVisibleVariant(
  { viewer, id }: { viewer: Viewer; id: string },
  deps: Pick<Deps, 'variants'>,
): Promise<Variant | undefined> {
  return visible(await deps.variants.find(viewer.tenantId, id), viewer);
}

/**
 * Up to `limit` variants of all products after the key, newest first; with an SKU those that have it,
 * of which one at most is active.
 */
export async function listVisibleVariants(asked: ListVariants, deps: Pick<Deps, 'variants'>): Promise<Variant[]> {
  const { viewer, sku, status, limit, afterKey } = asked;
  if (viewer.onlyForSale && status === 'archived') return [];
  const skuKey = sku === undefined ? undefined : skuKeyOf(sku);
  return deps.variants.list(viewer.tenantId, { skuKey, status, onlyForSale: viewer.onlyForSale }, { limit, afterKey });
}

/** Up to `limit` variants of a product above the position; undefined when this viewer has no such product. */
export async function listVisibleVariantsOfProduct(
  { viewer, productId, ...place }: ListVariantsOfProduct,
  deps: Pick<Deps, 'products' | 'variants'>,
): Promise<Variant[] | undefined> {
  const product = await deps.products.find(viewer.tenantId, productId);
  if (!product || (viewer.onlyForSale && product.status !== 'active')) return undefined;
  return deps.variants.listOfProduct(viewer.tenantId, productId, { ...place, onlyForSale: viewer.onlyForSale });
}

function visible(variant: Variant | undefined, viewer: Viewer): Variant | undefined {
  return variant && (variant.forSale || !viewer.onlyForSale) ? variant : undefined;
}
