// Change or archive a variant. Invariant: its product's version rises in the same transaction, because a product is shown with its variants.
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction, isDuplicateKey } from '@holdfast/shared/persistence';
import { type Caller, type Catalog, type ExpectVersion, stampOf } from '../catalog.ts';
import { skuTaken } from '../products/create-product.ts';
import { showChangedVariant } from '../products/product.ts';
import type { Stamp } from '../stamp.ts';
import {
  archiveVariant as decideArchive,
  patchVariant,
  type Variant,
  type VariantChange,
  type VariantPatch,
} from './variant.ts';

type Target = { caller: Caller; id: string; expectVersion: ExpectVersion };

/** Merges a patch. Throws `not_found`, `stale_version`, `archived`, `sku_taken`. */
export async function updateVariant(catalog: Catalog, target: Target, patch: VariantPatch): Promise<Variant> {
  try {
    return await change(catalog, target, (variant, stamp) => patchVariant(variant, patch, stamp));
  } catch (error) {
    if (!isDuplicateKey(error) || patch.sku === undefined) throw error;
    throw await skuTaken(catalog, target.caller.tenantId, [patch.sku], error);
  }
}

/** Archives a variant; does nothing to an archived one. Throws `not_found`, `stale_version`. */
export function archiveVariant(catalog: Catalog, target: Target): Promise<Variant> {
  return change(catalog, target, decideArchive);
}

function change(
  catalog: Catalog,
  target: Target,
  decide: (variant: Variant, stamp: Stamp) => VariantChange | undefined,
): Promise<Variant> {
  const { tenantId } = target.caller;
  const stamp = stampOf(catalog);
  return inTransaction(catalog.database, async (session) => {
    const variant = await catalog.variants.find(tenantId, target.id, session);
    if (!variant) throw new DomainError('not_found');
    target.expectVersion(variant.version);
    const changed = decide(variant, stamp);
    if (!changed) return variant;
    const product = await catalog.products.find(tenantId, variant.productId, session);
    if (!product) throw new Error(`variant ${variant._id} has no product`);
    await catalog.products.save(showChangedVariant(product, stamp), session);
    await catalog.variants.save([changed], session);
    return changed.after;
  });
}
