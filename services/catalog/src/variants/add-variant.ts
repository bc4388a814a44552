// Add a variant to a product. Invariant: the product is written in the same transaction, so that archiving it and adding to it never
// pass each other, and positions are never given twice. With an Idempotency-Key the variant's id derives from caller, product and key.
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction, isDuplicateKey } from '@holdfast/shared/persistence';
import { derivedId, newId } from '@holdfast/shared/values';
import { type Caller, type Catalog, type Created, type RequestKey, stampOf } from '../catalog.ts';
import { skuTaken } from '../products/create-product.ts';
import { refuseMisfit } from '../products/options.ts';
import { admitVariant } from '../products/product.ts';
import type { PlannedVariant } from '../products/variant-matrix.ts';
import { draftVariant, type Variant, variantCreatedEvent } from './variant.ts';

type Command = { caller: Caller; productId: string; planned: PlannedVariant; requestKey?: RequestKey | undefined };

/**
 * Stores the variant and the product's new version. Throws `not_found`, `archived`, `too_many_variants`, `undeclared_option`,
 * `combination_taken`, `sku_taken`, `idempotency_key_reused`.
 */
export async function addVariant(catalog: Catalog, command: Command): Promise<Created<Variant>> {
  const variantId = idOf(command);
  const earlier = await findEarlier(catalog, command, variantId);
  if (earlier) return { answer: earlier, replayed: true };
  try {
    return { answer: await insert(catalog, command, variantId), replayed: false };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const winner = await findEarlier(catalog, command, variantId);
    if (winner) return { answer: winner, replayed: true };
    throw await skuTaken(catalog, command.caller.tenantId, [command.planned.sku], error);
  }
}

function idOf({ caller, requestKey }: Command): string {
  if (!requestKey) return newId('var');
  return derivedId('var', caller.tenantId, caller.userId, 'catalog.addVariant', requestKey.key);
}

async function insert(catalog: Catalog, command: Command, variantId: string): Promise<Variant> {
  const { tenantId, userId } = command.caller;
  const stamp = stampOf(catalog);
  const requestHash = command.requestKey?.requestHash;
  return inTransaction(catalog.database, async (session) => {
    const product = await catalog.products.find(tenantId, command.productId, session);
    if (!product) throw new DomainError('not_found');
    const admitted = admitVariant(product, stamp);
    // The product's version is written too: of two that are added at once, one decides again and sees the other.
    const others = await catalog.variants.findOfProduct(tenantId, product._id, session);
    refuseMisfit(command.planned.options, product.options, others);
    const place = { position: product.variantCount, createdAt: stamp.now, createdBy: userId, requestHash };
    const variant = draftVariant(variantId, product, command.planned, place);
    await catalog.products.save(admitted, session);
    await catalog.variants.insert([{ variant, events: [variantCreatedEvent(variant, stamp)] }], session);
    return variant;
  });
}

/** The first answer of a repeated request, made again from the same body and what the variant was created with; undefined when it is the first. */
async function findEarlier(catalog: Catalog, command: Command, variantId: string): Promise<Variant | undefined> {
  const { caller, requestKey, planned } = command;
  if (!requestKey) return undefined;
  const stored = await catalog.variants.find(caller.tenantId, variantId);
  if (!stored?.creation) return undefined;
  const same = stored.creation.requestHash === requestKey.requestHash && stored.productId === command.productId;
  if (!same) throw new DomainError('idempotency_key_reused');
  const product = {
    _id: stored.productId,
    tenantId: stored.tenantId,
    name: stored.creation.productName,
    status: 'active',
  } as const;
  const { position, createdAt, createdBy } = stored;
  return draftVariant(variantId, product, planned, { position, createdAt, createdBy });
}
