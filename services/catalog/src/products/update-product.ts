// Change or archive a product. Invariant: product and variants change in one transaction, so that a variant is never for sale while its
// product is not, and no variant's event tells an old name after the product's event told the new one.
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction } from '@holdfast/shared/persistence';
import { type Caller, type Catalog, type ExpectVersion, stampOf } from '../catalog.ts';
import type { Stamp } from '../stamp.ts';
import { archiveVariant, followProduct, type Variant, type VariantChange } from '../variants/variant.ts';
import type { ProductWithVariants } from './create-product.ts';
import { refuseMisfits } from './options.ts';
import {
  archiveProduct as decideArchive,
  type Product,
  type ProductChange,
  type ProductPatch,
  patchProduct,
} from './product.ts';

type Target = { caller: Caller; id: string; expectVersion: ExpectVersion };
type Decision = {
  product: (product: Product, stamp: Stamp, variants: readonly Variant[]) => ProductChange | undefined;
  variant: (variant: Variant, product: Product, stamp: Stamp) => VariantChange | undefined;
};

/** Merges a patch. Throws `not_found`, `stale_version`, `archived`, `too_many_metadata_keys`, `too_many_options`, `undeclared_option`. */
export function updateProduct(catalog: Catalog, target: Target, patch: ProductPatch): Promise<ProductWithVariants> {
  return change(catalog, target, {
    product: (product, stamp, variants) => {
      const changed = patchProduct(product, patch, stamp);
      if (changed && patch.options !== undefined) refuseMisfits(variants, changed.after.options);
      return changed;
    },
    variant: followProduct,
  });
}

/** Archives a product and its variants; does nothing to an archived one. Throws `not_found`, `stale_version`. */
export function archiveProduct(catalog: Catalog, target: Target): Promise<ProductWithVariants> {
  return change(catalog, target, {
    product: decideArchive,
    variant: (variant, _product, stamp) => archiveVariant(variant, stamp),
  });
}

function change(catalog: Catalog, target: Target, decide: Decision): Promise<ProductWithVariants> {
  const { tenantId } = target.caller;
  const stamp = stampOf(catalog);
  return inTransaction(catalog.database, async (session) => {
    const product = await catalog.products.find(tenantId, target.id, session);
    if (!product) throw new DomainError('not_found');
    target.expectVersion(product.version);
    const variants = await catalog.variants.findOfProduct(tenantId, target.id, session);
    variants.sort((a, b) => a.position - b.position);
    const changed = decide.product(product, stamp, variants);
    if (!changed) return { product, variants };
    await catalog.products.save(changed, session);
    const changes = variants.map((variant) => decide.variant(variant, changed.after, stamp));
    await catalog.variants.save(
      changes.filter((one) => one !== undefined),
      session,
    );
    return { product: changed.after, variants: variants.map((variant, index) => changes[index]?.after ?? variant) };
  });
}
