// Change or archive a variant. Invariant: its product's version rises in the same transaction,
// because a product is shown with its variants.
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction, isDuplicateKey } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Caller, type Stamp, stampNow } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { skuTaken } from '../products/create-product.ts';
import { refuseMisfit } from '../products/options.ts';
import { type Product, showChangedVariant } from '../products/product.ts';
import {
  archiveVariant as decideArchive,
  patchVariant,
  restores,
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
/** `siblings`: all variants of the product, this one included. */
type Facts = { product: Product; stamp: Stamp; siblings: readonly Variant[] };
export type UpdateVariant = ChangeVariant & { patch: VariantPatch };

/**
 * Merges a patch, which may restore an archived variant. Throws `not_found`, `stale_version`, `archived`, `sku_taken`,
 * `combination_taken`, `undeclared_option`.
 */
export async function updateVariant(command: UpdateVariant, deps: Deps): Promise<Variant> {
  const { caller, patch } = command;
  let sku = '';
  try {
    return await change(
      command,
      (variant, { product, stamp, siblings }) => {
        if (restores(variant, patch)) refuseMisfit(variant.options, product.options, siblings);
        sku = patch.sku ?? variant.sku;
        return patchVariant(variant, patch, { product, stamp });
      },
      deps,
    );
  } catch (error) {
    throw isDuplicateKey(error) ? await skuTaken({ tenantId: caller.tenantId, skus: [sku], error }, deps) : error;
  }
}

/** Archives a variant; does nothing to an archived one. Throws `not_found`, `stale_version`. */
export function archiveVariant(command: ChangeVariant, deps: Deps): Promise<Variant> {
  return change(command, (variant, { stamp }) => decideArchive(variant, { stamp }), deps);
}

function change(
  command: ChangeVariant,
  decide: (variant: Variant, facts: Facts) => VariantChange | undefined,
  deps: Deps,
): Promise<Variant> {
  const { caller, id, expectVersion } = command;
  const { tenantId } = caller;
  return inTransaction(deps.database, async (session) => {
    const stamp = stampNow(deps.clock, correlation());
    const variant = await deps.variants.read({ tenantId, id }, { session });
    if (!variant) throw new DomainError('not_found');
    expectVersion(variant.version);
    const product = await deps.products.read({ tenantId, id: variant.productId }, { session });
    if (!product) throw new Error(`variant ${variant.id} has no product`);
    const siblings = await deps.variants.findOfProduct(tenantId, product.id, session);
    const changed = decide(variant, { product, stamp, siblings });
    if (!changed) return variant;
    const shown = siblings.map((one) => (one.id === id ? changed.after : one));
    await deps.products.saveAll([showChangedVariant(product, shown, stamp)], session);
    await deps.variants.saveAll([changed], session);
    return changed.after;
  });
}
