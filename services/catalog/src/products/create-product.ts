// Create a product with its variants, all or nothing.
// Invariant: with an Idempotency-Key the ids derive from caller and key, so a repeated request finds what the first one
// made; its answer is made again from the same body, ids and time, whatever became of the product since.
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
  type Stamp,
  stampNow,
} from '@holdfast/shared/values';
import type { CategoryRef } from '../categories/category-tree.ts';
import { fileProducts } from '../categories/file-products.ts';
import { resolveCategory } from '../categories/resolve-categories.ts';
import type { Deps } from '../deps.ts';
import { skuKeyOf } from '../variants/sku.ts';
import { type Variant, variantCreatedEvent } from '../variants/variant.ts';
import { draftProduct, type NewProduct, type Product, productCreatedEvent } from './product.ts';
import type { CreateProductBody } from './variant-matrix.ts';

/** `category`: its path as it is now. */
export type ProductWithVariants = { product: Product; variants: Variant[]; category: string | null };
type Drafted = Omit<ProductWithVariants, 'category'>;
export type CreateProduct = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  requestKey?: RequestKey | undefined;
  body: CreateProductBody;
};

/**
 * Stores the product and its variants in one transaction. Throws `validation_failed`,
 * `sku_taken`, `idempotency_key_reused`, `unknown_category`, `too_many_categories`.
 */
export async function createProduct(command: CreateProduct, deps: Deps): Promise<Created<ProductWithVariants>> {
  const { caller, requestKey, body } = command;
  const stamp = stampNow(deps.clock, correlation());
  const facts = newProductFacts(command, stamp.now);
  const drafted = draftProduct(body, facts);
  // Drafted before its category is looked up or created: a mistake creates nothing.
  try {
    return await createOnce(requestKey, {
      async findFirst(key) {
        const stored = await deps.products.read({ tenantId: caller.tenantId, id: facts.productId });
        if (!stored) return undefined;
        assertSameRequest(stored.creation, key);
        const category = stored.creation?.category ?? null;
        return shown(draftProduct(body, { ...facts, category, createdAt: stored.createdAt }));
      },
      async create() {
        const category = await resolveCategory(caller, body.category, deps);
        return shown(await store(filedUnder(category, drafted), stamp, deps));
      },
    });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const skus = drafted.variants.map((variant) => variant.sku);
    throw await skuTaken({ tenantId: caller.tenantId, skus, error }, deps);
  }
}

function newProductFacts({ caller, requestKey }: CreateProduct, now: Date): NewProduct {
  const { tenantId, userId } = caller;
  const made = { tenantId, createdBy: userId, createdAt: now, category: null };
  if (!requestKey) return { ...made, productId: newId('prd'), variantId: () => newId('var') };
  const productId = derivedId('prd', tenantId, userId, 'catalog.createProduct', requestKey.key);
  return {
    ...made,
    productId,
    requestHash: requestKey.requestHash,
    variantId: (position) => derivedId('var', tenantId, productId, String(position)),
  };
}

function filedUnder(category: CategoryRef | null, { product, variants }: Drafted): Drafted {
  const { creation } = product;
  const filed = { category: category?.path ?? null, categoryId: category?.id ?? null };
  return {
    product: { ...product, ...filed, creation: creation && { ...creation, category } },
    variants: variants.map((variant) => ({ ...variant, categoryId: filed.categoryId })),
  };
}

const shown = (drafted: Drafted): ProductWithVariants => ({ ...drafted, category: drafted.product.category });

async function store(drafted: Drafted, stamp: Stamp, deps: Deps): Promise<Drafted> {
  const { product } = drafted;
  const variants = drafted.variants.map((variant) => ({
    after: variant,
    events: [variantCreatedEvent(variant, stamp)],
  }));
  await inTransaction(deps.database, async (session) => {
    const created = { after: product, events: [productCreatedEvent(product, stamp)] };
    await deps.products.insert([created], session);
    await deps.variants.insert(variants, session);
    await fileProducts(product.tenantId, [created], session, deps);
  });
  return drafted;
}

/** The 409 that names the SKU; the original error when no SKU explains it. */
export async function skuTaken(
  { tenantId, skus, error }: { tenantId: string; skus: string[]; error: unknown },
  deps: Pick<Deps, 'variants'>,
): Promise<unknown> {
  const taken = await deps.variants.takenSkuKeys(tenantId, skus.map(skuKeyOf));
  const sku = skus.find((one) => taken.has(skuKeyOf(one)));
  return sku === undefined ? error : new DomainError('sku_taken', { extra: { sku } });
}
