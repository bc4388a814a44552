// Create and update many variants with their products, each row for itself.
// Invariants: a chunk of rows is decided on what its own transaction has read; two upserts that run at once never make
// two products of one new name, because the product's id derives from the name; rows that were applied before, by a
// process that then died, are found by their SKUs and unchanged.
import type { UpsertRow } from '@holdfast/shared/contracts';
import { DomainError, isConflict } from '@holdfast/shared/errors';
import { inTransaction, isDuplicateKey, type Session } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Caller, derivedId, newId, stampNow } from '@holdfast/shared/values';
import { fileProducts } from '../categories/file-products.ts';
import { resolveCategories } from '../categories/resolve-categories.ts';
import type { Deps } from '../deps.ts';
import { upsertAttemptsMax, upsertChunkMax, upsertChunkMs, upsertGenerationsMax, upsertMembersMax } from '../limits.ts';
import type { Product } from '../products/product.ts';
import { skuKeyOf } from './sku.ts';
import { decideUpserts } from './upsert.ts';
import { chunksOf, failure, type Numbered, type RowResult, refuseRepeated } from './upsert-rows.ts';
import { productsToRead, type UpsertState } from './upsert-state.ts';

export type UpsertDeps = Pick<
  Deps,
  'database' | 'clock' | 'products' | 'variants' | 'categories' | 'categoryTrees' | 'categoryFilings'
>;
export type UpsertVariants = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  /** At most 1,000. */
  rows: readonly UpsertRow[];
  /** Read in every transaction before it changes anything; what it throws ends the upsert there. */
  fence?: ((session: Session) => Promise<void>) | undefined;
  /** On the monotonic clock: what is not stored by then is `busy`. Default: never. */
  endsAtMs?: number;
};

/** The chunk would read and write more variants than one transaction should. */
class ChunkTooLarge extends Error {}

/** What became of each row, in their order. Throws only what is nobody's flaw; then the same rows can be sent again. */
export async function upsertVariants(
  { caller, rows, fence, endsAtMs = Number.POSITIVE_INFINITY }: UpsertVariants,
  deps: UpsertDeps,
): Promise<RowResult[]> {
  const numbered = rows.map((fields, row) => ({ row, fields }));
  const { rows: distinct, failed } = refuseRepeated(numbered);
  const { filed, unfiled } = await fileRows(distinct, caller, deps);
  const results = [...failed, ...unfiled];
  for (const chunk of chunksOf(filed, upsertChunkMax)) {
    results.push(...(await applyChunk(chunk, { ...caller, fence, endsAtMs }, deps)));
  }
  return results.sort((a, b) => a.row - b.row);
}

type Maker = UpsertVariants['caller'] & Pick<UpsertVariants, 'fence' | 'endsAtMs'>;

/** The rows with their categories, created where they are new; those whose category cannot be have failed. */
async function fileRows(rows: readonly Numbered[], caller: Maker, deps: UpsertDeps) {
  const texts = rows.flatMap(({ fields }) => fields.category ?? []);
  const resolved = await resolveCategories(caller, texts, deps);
  const filed: Numbered[] = [];
  const unfiled: RowResult[] = [];
  for (const row of rows) {
    const category = resolved.get(row.fields.category ?? '');
    if (category instanceof DomainError) unfiled.push({ ...failure(row, category), pointer: '/category' });
    else filed.push({ ...row, category });
  }
  return { filed, unfiled };
}

/**
 * A chunk that others keep from being stored, or with a category that was deleted meanwhile, is halved until the row at
 * fault is alone.
 */
async function applyChunk(rows: readonly Numbered[], caller: Maker, deps: UpsertDeps): Promise<RowResult[]> {
  const { endsAtMs = Number.POSITIVE_INFINITY } = caller;
  for (let attempt = 1; ; attempt += 1) {
    const leftMs = endsAtMs - deps.clock.monotonicMs();
    if (leftMs <= 0) return rows.map(contended);
    try {
      return await inTransaction(deps.database, (session) => storeChunk(rows, caller, session, deps), {
        timeLimitMs: Math.min(upsertChunkMs, leftMs),
      });
    } catch (error) {
      const isTaken = isDuplicateKey(error);
      const isGone = error instanceof DomainError && error.code === 'unknown_category';
      if (!isTaken && !isGone && !isConflict(error) && !(error instanceof ChunkTooLarge)) throw error;
      if (isGone && rows.length === 1) return [{ ...failure(rows[0]!, error), pointer: '/category' }];
      if ((isTaken || rows.length === 1) && attempt < upsertAttemptsMax) continue;
      if (rows.length === 1) return [contended(rows[0]!)];
      const middle = Math.ceil(rows.length / 2);
      const first = await applyChunk(rows.slice(0, middle), caller, deps);
      return [...first, ...(await applyChunk(rows.slice(middle), caller, deps))];
    }
  }
}

function contended({ row, fields }: Numbered): RowResult {
  const message = 'Others change the same product all the time; send the row again.';
  return { row, sku: fields.sku, status: 'failed', code: 'busy', message, pointer: '' };
}

async function storeChunk(
  rows: readonly Numbered[],
  caller: Maker,
  session: Session,
  deps: UpsertDeps,
): Promise<RowResult[]> {
  const { tenantId } = caller;
  await caller.fence?.(session);
  const state = await readState(rows, tenantId, session, deps);
  const newNames = newNamesOf(rows, state);
  const ids = await productIds(newNames, tenantId, session, deps);
  const decision = decideUpserts(rows, state, {
    caller,
    stamp: stampNow(deps.clock, correlation()),
    newProductId: (name) => ids.get(name) ?? newId('prd'),
    newVariantId: () => newId('var'),
  });
  await deps.products.saveAll(decision.products, session);
  await deps.variants.saveAll(decision.variants, session);
  await fileProducts(tenantId, decision.products, session, deps);
  return decision.results;
}

async function readState(
  rows: readonly Numbered[],
  tenantId: string,
  session: Session,
  deps: UpsertDeps,
): Promise<UpsertState> {
  const skuKeys = rows.map(({ fields }) => skuKeyOf(fields.sku));
  const found = await deps.variants.findActive(tenantId, skuKeys, session);
  const known = new Map(found.map((variant) => [variant.skuKey, variant]));
  const owners = found.map(({ productId }) => ({ tenantId, id: productId }));
  const products = new Map<string, Product>();
  for (const product of (await deps.products.readMany(owners, session)).values()) products.set(product.id, product);
  const names = rows.flatMap(({ fields }) => (known.has(skuKeyOf(fields.sku)) ? [] : (fields.name ?? [])));
  for (const product of await deps.products.findNamed(tenantId, names, session)) products.set(product.id, product);
  const read = { known, products: [...products.values()] };
  const whole = productsToRead(rows, read);
  if (whole.length > 1 && whole.reduce((sum, one) => sum + one.variantCount, 0) > upsertMembersMax) {
    throw new ChunkTooLarge();
  }
  const ids = whole.map(({ id }) => id);
  const members = await deps.variants.findOfProducts(tenantId, ids, { onlyForSale: false, session });
  return { ...read, members };
}

function newNamesOf(rows: readonly Numbered[], { known, products }: UpsertState): string[] {
  const taken = new Set(products.filter(({ status }) => status !== 'archived').map(({ name }) => name));
  const names = rows.flatMap(({ fields: { sku, name } }) => (known.has(skuKeyOf(sku)) ? [] : (name ?? [])));
  return [...new Set(names)].filter((name) => !taken.has(name));
}

const idOf = (tenantId: string, name: string, generation: number) =>
  derivedId('prd', tenantId, 'catalog.upsertVariants', name, String(generation));

/** The first id of each name that no product has, also none that was archived or renamed since. */
async function productIds(
  names: readonly string[],
  tenantId: string,
  session: Session,
  deps: UpsertDeps,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  let open = [...names];
  for (let generation = 0; generation < upsertGenerationsMax && open.length > 0; generation += 1) {
    const wanted = open.map((name) => ({ tenantId, id: idOf(tenantId, name, generation) }));
    const taken = new Set([...(await deps.products.readMany(wanted, session)).values()].map(({ id }) => id));
    for (const [index, name] of open.entries()) {
      const { id } = wanted[index]!;
      if (!taken.has(id)) ids.set(name, id);
    }
    open = open.filter((name) => !ids.has(name));
  }
  return ids;
}
