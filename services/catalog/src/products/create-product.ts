// Create a product with its variants, all or nothing.
// Invariant: with an Idempotency-Key the ids derive from caller and key, so a repeated request finds what the first one made; its answer is
// made again from the same body, ids and time, whatever became of the product since.
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction, isDuplicateKey } from '@holdfast/shared/persistence';
import { derivedId, newId } from '@holdfast/shared/values';
import { type Caller, type Catalog, type Created, type RequestKey, stampOf } from '../catalog.ts';
import { skuKeyOf } from '../variants/sku.ts';
import { type Variant, variantCreatedEvent } from '../variants/variant.ts';
import { draftProduct, type NewProduct, type Product, productCreatedEvent } from './product.ts';
import type { CreateProductBody } from './variant-matrix.ts';

export type ProductWithVariants = { product: Product; variants: Variant[] };
type Command = { caller: Caller; body: CreateProductBody; requestKey?: RequestKey | undefined };

/** Stores the product and its variants in one transaction. Throws `validation_failed`, `sku_taken`, `idempotency_key_reused`. */
export async function createProduct(catalog: Catalog, command: Command): Promise<Created<ProductWithVariants>> {
  const { caller, body, requestKey } = command;
  const stamp = stampOf(catalog);
  const facts = newProductFacts(caller, requestKey, stamp.now);
  const drafted = draftProduct(body, facts);
  const earlier = await findEarlier(catalog, command, facts);
  if (earlier) return { answer: earlier, replayed: true };
  try {
    await inTransaction(catalog.database, async (session) => {
      await catalog.products.insert(drafted.product, [productCreatedEvent(drafted.product, stamp)], session);
      const variants = drafted.variants.map((variant) => ({ variant, events: [variantCreatedEvent(variant, stamp)] }));
      await catalog.variants.insert(variants, session);
    });
    return { answer: drafted, replayed: false };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const winner = await findEarlier(catalog, command, facts);
    if (winner) return { answer: winner, replayed: true };
    throw await skuTaken(
      catalog,
      caller.tenantId,
      drafted.variants.map((variant) => variant.sku),
      error,
    );
  }
}

function newProductFacts(caller: Caller, requestKey: RequestKey | undefined, now: Date): NewProduct {
  const { tenantId, userId } = caller;
  const made = { tenantId, createdBy: userId, createdAt: now };
  if (!requestKey) return { ...made, productId: newId('prd'), variantId: () => newId('var') };
  const productId = derivedId('prd', tenantId, userId, 'catalog.createProduct', requestKey.key);
  return {
    ...made,
    productId,
    requestHash: requestKey.requestHash,
    variantId: (position) => derivedId('var', tenantId, productId, String(position)),
  };
}

/** The first answer of a repeated request; undefined when it is the first. */
async function findEarlier(
  catalog: Catalog,
  { caller, body, requestKey }: Command,
  facts: NewProduct,
): Promise<ProductWithVariants | undefined> {
  if (!requestKey) return undefined;
  const stored = await catalog.products.find(caller.tenantId, facts.productId);
  if (!stored) return undefined;
  if (stored.requestHash !== requestKey.requestHash) throw new DomainError('idempotency_key_reused');
  return draftProduct(body, { ...facts, createdAt: stored.createdAt });
}

/** The 409 that names the SKU; the original error when no SKU explains it. */
export async function skuTaken(catalog: Catalog, tenantId: string, skus: string[], error: unknown): Promise<unknown> {
  const taken = await catalog.variants.takenSkuKeys(tenantId, skus.map(skuKeyOf));
  const sku = skus.find((one) => taken.has(skuKeyOf(one)));
  return sku === undefined ? error : new DomainError('sku_taken', { extra: { sku } });
}
