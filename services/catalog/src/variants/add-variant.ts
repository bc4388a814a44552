// Add a variant to a product. Invariant: the product is written in the same transaction, so that archiving it and
// adding to it never pass each other, and positions are never given twice.
// With an Idempotency-Key the variant's id derives from caller and key.
import { DomainError } from '@holdfast/shared/errors';
import { createOnce, inTransaction, isDuplicateKey } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import {
  assertSameRequest,
  type Caller,
  type Created,
  derivedId,
  newId,
  type RequestKey,
  stampNow,
} from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { skuTaken } from '../products/create-product.ts';
import { refuseMisfit } from '../products/options.ts';
import { admitVariant } from '../products/product.ts';
import type { PlannedVariant } from '../products/variant-matrix.ts';
import { summaryOf } from '../search/found-by.ts';
import { draftVariant, type Variant, variantCreatedEvent } from './variant.ts';

export type AddVariant = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  /** Its hash is of the product's id too. */
  requestKey?: RequestKey | undefined;
  productId: string;
  planned: PlannedVariant;
};

/**
 * Stores the variant and the product's new version. Throws `not_found`, `archived`,
 * `too_many_variants`, `undeclared_option`,
 * `combination_taken`, `sku_taken`, `idempotency_key_reused`.
 */
export async function addVariant(command: AddVariant, deps: Deps): Promise<Created<Variant>> {
  const { caller, requestKey, planned } = command;
  const { tenantId, userId } = caller;
  const id = requestKey ? derivedId('var', tenantId, userId, 'catalog.addVariant', requestKey.key) : newId('var');
  try {
    return await createOnce(requestKey, {
      findFirst: (key) => findFirst(id, key, command, deps),
      create: () => insert(id, command, deps),
    });
  } catch (error) {
    throw isDuplicateKey(error) ? await skuTaken({ tenantId, skus: [planned.sku], error }, deps) : error;
  }
}

async function insert(id: string, command: AddVariant, deps: Deps): Promise<Variant> {
  const { tenantId, userId } = command.caller;
  const requestHash = command.requestKey?.requestHash;
  return inTransaction(deps.database, async (session) => {
    const stamp = stampNow(deps.clock, correlation());
    const product = await deps.products.read({ tenantId, id: command.productId }, { session });
    if (!product) throw new DomainError('not_found');
    const admitted = admitVariant(product, stamp);
    // The product's version is written too: of two that are added at once, one decides again and sees the other.
    const others = await deps.variants.findOfProduct(tenantId, product.id, session);
    refuseMisfit(command.planned.options, product.options, others);
    const place = { position: product.variantCount, createdAt: stamp.now, createdBy: userId, requestHash };
    const variant = draftVariant(id, product, command.planned, place);
    const { after } = admitted;
    const summary = summaryOf([...others, variant]);
    await deps.products.saveAll([{ ...admitted, after: { ...after, summary } }], session);
    await deps.variants.insert([{ after: variant, events: [variantCreatedEvent(variant, stamp)] }], session);
    return variant;
  });
}

/** The variant as this key created it: made again from the request and what was frozen then. */
async function findFirst(
  id: string,
  key: RequestKey,
  { caller, planned }: AddVariant,
  deps: Deps,
): Promise<Variant | undefined> {
  const stored = await deps.variants.read({ tenantId: caller.tenantId, id });
  if (!stored) return undefined;
  assertSameRequest(stored.creation, key);
  const { productId, tenantId, creation, position, createdAt, createdBy } = stored;
  const product = { id: productId, tenantId, name: creation!.productName, categoryId: null, status: 'active' } as const;
  return draftVariant(id, product, planned, { position, createdAt, createdBy });
}
