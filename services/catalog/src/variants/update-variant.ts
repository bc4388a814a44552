// Change or archive a variant. Invariant: its product's version rises in the same transaction,
// because a product is shown with its variants.
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction, isDuplicateKey } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Caller, type Stamp, stampNow } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { skuTaken } from '../products/create-product.ts';
import { showChangedVariant } from '../products/product.ts';
import {
  archiveVariant as decideArchive,
  patchVariant,
  type Variant,
  type VariantChange,
  type VariantPatch,
} from './variant.ts';

export type ChangeVariant = {
  caller: Pick<Caller, 'tenantId'>;
  id: string;
  /** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
  expectVersion: (stored: number) => void;
};
export type UpdateVariant = ChangeVariant & { patch: VariantPatch };

/** Merges a patch. Throws `not_found`, `stale_version`, `archived`, `sku_taken`. */
export async function updateVariant(command: UpdateVariant, deps: Deps): Promise<Variant> {
  const { caller, patch } = command;
  try {
    return await change(command, (variant, stamp) => patchVariant(variant, patch, stamp), deps);
  } catch (error) {
    if (!isDuplicateKey(error) || patch.sku === undefined) throw error;
    throw await skuTaken({ tenantId: caller.tenantId, skus: [patch.sku], error }, deps);
  }
}

/** Archives a variant; does nothing to an archived one. Throws `not_found`, `stale_version`. */
export function archiveVariant(command: ChangeVariant, deps: Deps): Promise<Variant> {
  return change(command, decideArchive, deps);
}

function change(
  command: ChangeVariant,
  decide: (variant: Variant, stamp: Stamp) => VariantChange | undefined,
  deps: Deps,
): Promise<Variant> {
  const { caller, id, expectVersion } = command;
  const { tenantId } = caller;
  return inTransaction(deps.database, async (session) => {
    const stamp = stampNow(deps.clock, correlation());
    const variant = await deps.variants.read({ tenantId, id }, { session });
    if (!variant) throw new DomainError('not_found');
    expectVersion(variant.version);
    const changed = decide(variant, stamp);
    if (!changed) return variant;
    const product = await deps.products.read({ tenantId, id: variant.productId }, { session });
    if (!product) throw new Error(`variant ${variant.id} has no product`);
    await deps.products.saveAll([showChangedVariant(product, stamp)], session);
    await deps.variants.saveAll([changed], session);
    return changed.after;
  });
}
