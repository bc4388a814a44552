// Products and variants of a release that had neither categories nor terms: without them no list shows them. Runs once,
// before the service serves. Invariant: a product is converted with its variants in one transaction, and only where it
// is as it was read; what is converted already stays as it is, so that several processes may do it at once.
import { categoryPathOf, namesOfCategoryPath } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { asSystem, asTenant, Conflict, inTransaction, type Stored } from '@holdfast/shared/persistence';
import type { CategoryRef } from '../categories/category-tree.ts';
import { resolveCategory } from '../categories/resolve-categories.ts';
import type { Deps } from '../deps.ts';
import { conversionBatchMax } from '../limits.ts';
import { products } from '../products/product.store.ts';
import type { Product } from '../products/product.ts';
import { summaryOf } from '../search/found-by.ts';
import { variants as variantDefinition } from '../variants/variant.store.ts';

export type ConversionDeps = Pick<
  Deps,
  'database' | 'clock' | 'products' | 'variants' | 'categories' | 'categoryTrees' | 'conversions'
>;
const id = 'products-found-by-terms';

/** Converts what there is to convert; returns how many products that were. */
export async function convertProducts(deps: ConversionDeps): Promise<number> {
  const isDone = await asSystem('conversion', () => deps.conversions.read({ id }));
  if (isDone) return 0;
  let count = 0;
  for (let after = ''; ; ) {
    const batch = await readBatch(after, deps);
    for (const { _id, tenantId, isFound } of batch) {
      if (isFound) continue;
      await asTenant(tenantId, () => convert(tenantId, _id, deps));
      count += 1;
    }
    const last = batch.at(-1);
    if (last === undefined) break;
    after = last._id;
  }
  const done = { after: { id, finishedAt: deps.clock.now() } };
  await asSystem('conversion', () => deps.conversions.insertMissing([done]));
  return count;
}

function readBatch(after: string, { products: { native } }: ConversionDeps) {
  const projection = { tenantId: 1, isFound: { $gt: ['$terms', null] } };
  const options = { projection, sort: { _id: 1 }, limit: conversionBatchMax } as const;
  return asSystem('conversion', () =>
    native.find<{ _id: string; tenantId: string; isFound: boolean }>({ _id: { $gt: after } }, options).toArray(),
  );
}

async function convert(tenantId: string, productId: string, deps: ConversionDeps): Promise<void> {
  await inTransaction(deps.database, async (session) => {
    const product = await deps.products.read({ tenantId, id: productId }, { session });
    if (!product) return;
    const category = await categoryOf(product, deps);
    const categoryId = category?.id ?? null;
    const variants = await deps.variants.findOfProduct(tenantId, productId, session);
    const converted = { ...product, categoryId, category: category?.path ?? product.category };
    const after = { ...converted, summary: summaryOf(variants) };
    const { matchedCount } = await deps.products.native.updateOne(
      { tenantId, _id: productId, version: product.version },
      {
        $set: { categoryId, category: after.category, summary: after.summary, ...found(products.derivedFields(after)) },
      },
      { session },
    );
    if (matchedCount !== 1) throw new Conflict('the product changed while it was converted');
    const updates = variants.map((variant) => {
      const derived = found(variantDefinition.derivedFields({ ...variant, categoryId }));
      return { updateOne: { filter: { tenantId, _id: variant.id }, update: { $set: { categoryId, ...derived } } } };
    });
    if (updates.length > 0) await deps.variants.native.bulkWrite(updates, { session });
  });
}

/** Nothing that anybody is told of changes. */
const found = (derived: Record<string, unknown>) =>
  ({
    ...Object.fromEntries(Object.entries(derived).filter(([, value]) => value !== undefined)),
    events: [],
  }) as Partial<Stored>;

/** The category of the text that a product had; none where the tenant has too many, and the text stays. */
async function categoryOf(product: Product, deps: ConversionDeps): Promise<CategoryRef | null> {
  const { tenantId, createdBy: userId, category } = product;
  const names = namesOfCategoryPath(category ?? '').filter((name) => name !== '');
  if (names.length === 0) return null;
  try {
    return await resolveCategory({ tenantId, userId }, categoryPathOf(names), deps);
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}
