// Products and variants of a release that had neither categories nor terms, without which no list shows them, or whose
// terms are those of another spelling. Runs once, before the service serves. Invariant: a product is converted with its
// variants in one transaction, and only where it is as it was read; what is converted already stays as it is, so that
// several processes may do it at once.
import { categoryPathOf, namesOfCategoryPath } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { asSystem, asTenant, Conflict, inTransaction, type Stored } from '@holdfast/shared/persistence';
import { caseless } from '@holdfast/shared/values';
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
/** Another one for every change of what terms look like. */
const id = 'found-by-caseless-terms';

/** Converts what there is to convert; returns how many products that were. */
export async function convertProducts(deps: ConversionDeps): Promise<number> {
  const isDone = await asSystem('conversion', () => deps.conversions.read({ id }));
  if (isDone) return 0;
  let count = 0;
  for await (const { _id, tenantId } of unfound(deps.products)) {
    await asTenant(tenantId, () => convert(tenantId, _id, deps));
    count += 1;
  }
  // What is left are variants that their products are not found by: archived ones.
  for await (const { tenantId, productId } of unfound(deps.variants)) {
    await asTenant(tenantId, () => convert(tenantId, productId!, deps));
  }
  const done = { after: { id, finishedAt: deps.clock.now() } };
  await asSystem('conversion', () => deps.conversions.insertMissing([done]));
  return count;
}

type Found = { _id: string; tenantId: string; productId?: string; terms?: readonly string[] };

/** Documents without terms, or with one that no search asks for. */
async function* unfound({ native }: Pick<ConversionDeps['products' | 'variants'], 'native'>): AsyncGenerator<Found> {
  const options = {
    projection: { tenantId: 1, productId: 1, terms: 1 },
    sort: { _id: 1 },
    limit: conversionBatchMax,
  } as const;
  for (let after = ''; ; ) {
    const batch = await asSystem('conversion', () => native.find<Found>({ _id: { $gt: after } }, options).toArray());
    yield* batch.filter(({ terms }) => terms === undefined || terms.some((term) => term !== caseless(term)));
    const last = batch.at(-1);
    if (last === undefined) return;
    after = last._id;
  }
}

async function convert(tenantId: string, productId: string, deps: ConversionDeps): Promise<void> {
  await inTransaction(deps.database, async (session) => {
    const product = await deps.products.read({ tenantId, id: productId }, { session });
    if (!product) return;
    const category = product.categoryId === null ? await categoryOf(product, deps) : null;
    const categoryId = category?.id ?? product.categoryId;
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
