// Products with their variants, as a viewer may see them. Invariant: to a customer, a product that is not active does not exist.
import type { Catalog } from '../catalog.ts';
import type { Viewer } from '../viewer.ts';
import type { ProductWithVariants } from './create-product.ts';
import type { ProductStatus } from './product.ts';

type Filter = { status?: ProductStatus | undefined; category?: string | undefined };

/** One product, or undefined when this viewer has none of this id. */
export async function readVisibleProduct(
  catalog: Catalog,
  viewer: Viewer,
  id: string,
): Promise<ProductWithVariants | undefined> {
  const product = await catalog.products.find(viewer.tenantId, id);
  if (!product || (viewer.onlyForSale && product.status !== 'active')) return undefined;
  const variants = await catalog.variants.findOfProducts(viewer.tenantId, [id], viewer);
  return { product, variants: variants.get(id) ?? [] };
}

/** Up to `limit` products after the key, newest first. */
export async function listVisibleProducts(
  catalog: Catalog,
  viewer: Viewer,
  filter: Filter,
  page: { limit: number; afterKey?: string | undefined },
): Promise<ProductWithVariants[]> {
  if (viewer.onlyForSale && filter.status !== undefined && filter.status !== 'active') return [];
  const status = viewer.onlyForSale ? 'active' : filter.status;
  const products = await catalog.products.list(viewer.tenantId, { status, category: filter.category }, page);
  const ids = products.map((product) => product._id);
  if (ids.length === 0) return [];
  const variants = await catalog.variants.findOfProducts(viewer.tenantId, ids, viewer);
  return products.map((product) => ({ product, variants: variants.get(product._id) ?? [] }));
}
