// Products with their variants, as a viewer may see them. Invariant: to a customer,
// a product that is not active does not exist.
import type { PageRange } from '@holdfast/shared/persistence';
import type { Deps } from '../deps.ts';
import type { Viewer } from '../viewer.ts';
import type { ProductWithVariants } from './create-product.ts';
import type { ProductStatus } from './product.ts';

type Reader = Pick<Deps, 'products' | 'variants'>;
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
  return { product, variants: variants.get(id) ?? [] };
}

/** A page of products, newest first. */
export async function listVisibleProducts(asked: ListProducts, deps: Reader): Promise<ProductWithVariants[]> {
  const { viewer, category, page } = asked;
  if (viewer.onlyForSale && asked.status !== undefined && asked.status !== 'active') return [];
  const status = viewer.onlyForSale ? 'active' : asked.status;
  const products = await deps.products.list({ tenantId: viewer.tenantId, status, category }, page);
  const ids = products.map((product) => product.id);
  if (ids.length === 0) return [];
  const variants = await deps.variants.findOfProducts(viewer.tenantId, ids, viewer);
  return products.map((product) => ({ product, variants: variants.get(product.id) ?? [] }));
}
