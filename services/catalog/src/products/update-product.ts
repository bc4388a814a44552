// Change or archive a product. Invariant: product and variants change in one transaction, so that a variant is never
// for sale while its product is not, and no variant's event has an old name after the product's event had the new
// one.
import type { BodyOf, catalogApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction, isDuplicateKey } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Caller, type Stamp, stampNow } from '@holdfast/shared/values';
import type { CategoryRef } from '../categories/category-tree.ts';
import { fileProducts } from '../categories/file-products.ts';
import { treeFor } from '../categories/read-categories.ts';
import { resolveCategory } from '../categories/resolve-categories.ts';
import type { Deps } from '../deps.ts';
import { summaryOf } from '../search/found-by.ts';
import { archiveVariant, followProduct, type Variant, type VariantChange } from '../variants/variant.ts';
import { type ProductWithVariants, skuTaken } from './create-product.ts';
import { refuseMisfits } from './options.ts';
import { archiveProduct as decideArchive, type Product, type ProductChange, patchProduct } from './product.ts';
import { categoryOf } from './read-products.ts';

export type ChangeProduct = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  id: string;
  /** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
  expectVersion: (stored: number) => void;
};
export type UpdateProduct = ChangeProduct & { patch: BodyOf<typeof catalogApi.updateProduct> };
type Facts = { stamp: Stamp; variants: readonly Variant[]; category: CategoryRef | null | undefined };
type Decision = {
  /** Looked up or created when the product is known to be there; undefined where the category stays. */
  category?: () => Promise<CategoryRef | null | undefined>;
  product: (product: Product, facts: Facts) => ProductChange | undefined;
  variant: (variant: Variant, product: Product, stamp: Stamp) => VariantChange | undefined;
};

/**
 * Merges a patch, which may restore an archived product with the variants that were archived with it. Throws
 * `not_found`, `stale_version`, `archived`, `sku_taken`, `too_many_metadata_keys`, `too_many_options`,
 * `undeclared_option`, `unknown_category`, `too_many_categories`.
 */
export async function updateProduct(command: UpdateProduct, deps: Deps): Promise<ProductWithVariants> {
  const { caller, patch } = command;
  let skus: string[] = [];
  const decision: Decision = {
    category: async () => (patch.category === undefined ? undefined : resolveCategory(caller, patch.category, deps)),
    product: (product, { stamp, variants, category }) => {
      const changed = patchProduct(product, { ...patch, category }, stamp);
      const returning = variants.filter(({ archivedWithProduct }) => archivedWithProduct);
      const active = [...variants, ...returning.map((variant) => ({ ...variant, status: 'active' as const }))];
      if (changed && patch.options !== undefined) refuseMisfits(active, changed.after.options);
      skus = returning.map(({ sku }) => sku);
      return changed;
    },
    variant: followProduct,
  };
  try {
    return await change(command, decision, deps);
  } catch (error) {
    throw isDuplicateKey(error) ? await skuTaken({ tenantId: caller.tenantId, skus, error }, deps) : error;
  }
}

/** Archives a product and its variants; does nothing to an archived one. Throws `not_found`, `stale_version`. */
export function archiveProduct(command: ChangeProduct, deps: Deps): Promise<ProductWithVariants> {
  const decision: Decision = {
    product: (product, { stamp }) => decideArchive(product, stamp),
    variant: (variant, _product, stamp) => archiveVariant(variant, { stamp, withProduct: true }),
  };
  return change(command, decision, deps);
}

function change(command: ChangeProduct, decide: Decision, deps: Deps): Promise<ProductWithVariants> {
  const { caller, id, expectVersion } = command;
  const { tenantId } = caller;
  return inTransaction(deps.database, async (session) => {
    const stamp = stampNow(deps.clock, correlation());
    const product = await deps.products.read({ tenantId, id }, { session });
    if (!product) throw new DomainError('not_found');
    expectVersion(product.version);
    const variants = await deps.variants.findOfProduct(tenantId, id, session);
    const category = await decide.category?.();
    const changed = decide.product(product, { stamp, variants, category });
    if (!changed) return shown(product, variants, deps);
    const changes = variants.map((variant) => decide.variant(variant, changed.after, stamp));
    const after = variants.map((variant, index) => changes[index]?.after ?? variant);
    // Restored variants count again for what the product is found by.
    const found = { ...changed, after: { ...changed.after, summary: summaryOf(after) } };
    await deps.products.saveAll([found], session);
    await deps.variants.saveAll(
      changes.filter((one) => one !== undefined),
      session,
    );
    await fileProducts(tenantId, [found], session, deps);
    return shown(changed.after, after, deps);
  });
}

async function shown(product: Product, variants: Variant[], deps: Deps): Promise<ProductWithVariants> {
  const tree = await treeFor(product.tenantId, product.categoryId !== null, deps);
  return { product, variants, category: categoryOf(product, tree) };
}
