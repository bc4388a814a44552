// Variants as a viewer may see them. Invariant: to a customer, a variant that is not for sale does not exist.
import type { Catalog } from '../catalog.ts';
import type { Viewer } from '../viewer.ts';
import { skuKeyOf } from './sku.ts';
import type { Variant, VariantStatus } from './variant.ts';

/** One variant, or undefined when this viewer has none of this id. */
export async function readVisibleVariant(catalog: Catalog, viewer: Viewer, id: string): Promise<Variant | undefined> {
  return visible(await catalog.variants.find(viewer.tenantId, id), viewer);
}

/** Up to `limit` variants of all products after the key, newest first; with an SKU those that have it, of which one at most is active. */
export async function listVisibleVariants(
  catalog: Catalog,
  viewer: Viewer,
  filter: { sku?: string | undefined; status?: VariantStatus | undefined },
  page: { limit: number; afterKey?: string | undefined },
): Promise<Variant[]> {
  if (viewer.onlyForSale && filter.status === 'archived') return [];
  const { sku, status } = filter;
  const skuKey = sku === undefined ? undefined : skuKeyOf(sku);
  return catalog.variants.list(viewer.tenantId, { skuKey, status, onlyForSale: viewer.onlyForSale }, page);
}

/** Up to `limit` variants of a product above the position; undefined when this viewer has no such product. */
export async function listVisibleVariantsOfProduct(
  catalog: Catalog,
  viewer: Viewer,
  productId: string,
  page: { limit: number; afterPosition?: number | undefined },
): Promise<Variant[] | undefined> {
  const product = await catalog.products.find(viewer.tenantId, productId);
  if (!product || (viewer.onlyForSale && product.status !== 'active')) return undefined;
  return catalog.variants.listOfProduct(viewer.tenantId, productId, { ...page, onlyForSale: viewer.onlyForSale });
}

function visible(variant: Variant | undefined, viewer: Viewer): Variant | undefined {
  return variant && (variant.forSale || !viewer.onlyForSale) ? variant : undefined;
}
