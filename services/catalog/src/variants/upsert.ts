// What a chunk of rows makes of the products and variants that were read for it. Pure.
// Invariants: a row that fails changes nothing; a product and a variant change at most once in a chunk, so that their
// versions rise by one with one event; the same rows again change nothing.
import { type UpsertRow, variantsPerProductMax } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { Change } from '@holdfast/shared/persistence';
import type { Caller, Stamp } from '@holdfast/shared/values';
import { isSameCombination, refuseMisfit } from '../products/options.ts';
import { changeProduct, type Product, productCreatedEvent } from '../products/product.ts';
import { noVariants, summaryOf } from '../search/found-by.ts';
import { skuKeyOf } from './sku.ts';
import { failure, type Numbered, RowFlaw, type RowResult } from './upsert-rows.ts';
import { isSame, isSameEntity, namesOf, type UpsertState } from './upsert-state.ts';
import { changeVariant, draftVariant, type Variant, variantCreatedEvent } from './variant.ts';

export type UpsertFacts = {
  readonly caller: Pick<Caller, 'tenantId' | 'userId'>;
  readonly stamp: Stamp;
  /** The id that a new product of this name gets. */
  readonly newProductId: (name: string) => string;
  readonly newVariantId: () => string;
};
export type UpsertDecision = {
  readonly results: RowResult[];
  readonly products: Change<Product>[];
  readonly variants: Change<Variant>[];
};

type Draft<E> = { before: E | undefined; after: E };
type Outcome = { row: Numbered; variantId: string; isNew: boolean; givesProduct: boolean } | { failed: RowResult };
type Work = {
  state: UpsertState;
  facts: UpsertFacts;
  products: Map<string, Draft<Product>>;
  productOfName: Map<string, string>;
  variants: Map<string, Draft<Variant>>;
  /** Ids of the variants that are known or new, by their products. */
  variantsOf: Map<string, string[]>;
  reorderLevels: Map<string, number>;
};

/** Folds the rows over what was read. */
export function decideUpserts(rows: readonly Numbered[], state: UpsertState, facts: UpsertFacts): UpsertDecision {
  const work: Work = {
    state,
    facts,
    products: new Map(state.products.map((product) => [product.id, { before: product, after: product }])),
    productOfName: namesOf(state.products),
    variants: new Map([...state.known.values()].map((variant) => [variant.id, { before: variant, after: variant }])),
    variantsOf: new Map(),
    reorderLevels: new Map(),
  };
  for (const { id, productId } of state.known.values()) listUnder(productId, id, work);
  const outcomes = rows.map((row): Outcome => {
    try {
      return applyRow(row, work);
    } catch (error) {
      return { failed: failure(row, error) };
    }
  });
  return close(outcomes, work);
}

function applyRow(row: Numbered, work: Work): Outcome {
  const known = work.state.known.get(skuKeyOf(row.fields.sku));
  return known ? applyKnown(row, known, work) : applyNew(row, work);
}

function applyKnown(row: Numbered, known: Variant, work: Work): Outcome {
  const { fields } = row;
  const product = work.products.get(known.productId);
  if (!product) throw new Error(`variant ${known.id} has no product`);
  if (fields.name !== undefined && fields.name !== product.after.name) {
    throw new RowFlaw(
      'other_product',
      '/name',
      `This SKU is a variant of ${product.after.name}; a variant stays there.`,
    );
  }
  if (fields.initialStock !== undefined && fields.initialStock !== known.initialStock) {
    const message = 'The SKU is known: its stock is changed with an adjustment or a count.';
    throw new RowFlaw('initial_stock_of_known_sku', '/initialStock', message);
  }
  const { price, cost, barcode, weightGrams, reorderLevel } = fields;
  const isRecombined = fields.options !== undefined && !isSameCombination(fields.options, known.options);
  const options = isRecombined ? fields.options : undefined;
  const given = { price, cost, barcode, weightGrams, reorderLevel, options };
  const next = { ...known };
  for (const [name, value] of Object.entries(given)) {
    // A value that is equal stays the very same, and so is not written.
    if (value !== undefined && !isSame(value, known[name as keyof Variant])) Object.assign(next, { [name]: value });
  }
  if (next.options !== known.options) {
    const others = membersOf(product.after.id, work).filter(({ id }) => id !== known.id);
    refuseMisfit(next.options, product.after.options, others);
  }
  if (next.reorderLevel !== known.reorderLevel) work.reorderLevels.set(known.id, next.reorderLevel);
  work.variants.set(known.id, { before: known, after: next });
  product.after = withProductFields(product.after, row);
  return { row, variantId: known.id, isNew: false, givesProduct: givesProduct(fields) };
}

function applyNew(row: Numbered, work: Work): Outcome {
  const { fields } = row;
  const { caller, stamp } = work.facts;
  const { name, price } = fields;
  if (name === undefined) throw new RowFlaw('required', '/name', 'A new SKU needs a name.');
  if (price === undefined) throw new RowFlaw('required', '/price', 'A new SKU needs a price.');
  const product = productFor(name, work);
  const { after } = product;
  if (after.variantCount >= variantsPerProductMax) throw new DomainError('too_many_variants');
  const options = fields.options ?? {};
  refuseMisfit(options, after.options, membersOf(after.id, work));
  const next = withProductFields(after, row);
  const place = { position: after.variantCount, createdAt: stamp.now, createdBy: caller.userId };
  const variant = draftVariant(work.facts.newVariantId(), next, { ...fields, price, options }, place);
  product.after = { ...next, variantCount: after.variantCount + 1 };
  work.products.set(after.id, product);
  work.productOfName.set(name, after.id);
  work.variants.set(variant.id, { before: undefined, after: variant });
  listUnder(after.id, variant.id, work);
  return { row, variantId: variant.id, isNew: true, givesProduct: true };
}

function productFor(name: string, { products, productOfName, facts }: Work): Draft<Product> {
  const known = products.get(productOfName.get(name) ?? '');
  if (known) return known;
  const { caller, stamp } = facts;
  const after: Product = {
    id: facts.newProductId(name),
    tenantId: caller.tenantId,
    name,
    description: null,
    category: null,
    categoryId: null,
    status: 'active',
    media: [],
    metadata: null,
    options: null,
    summary: noVariants,
    variantCount: 0,
    createdBy: caller.userId,
    version: 1,
    createdAt: stamp.now,
    updatedAt: stamp.now,
    creation: null,
  };
  return { before: undefined, after };
}

/** What is known of a product's variants, as the rows so far have left them. */
function membersOf(productId: string, { state, variants, variantsOf }: Work): Variant[] {
  const drafts = (variantsOf.get(productId) ?? []).map((id) => variants.get(id)!.after);
  const stored = state.members.get(productId) ?? [];
  return [...drafts, ...stored.filter(({ id }) => !variants.has(id))];
}

function listUnder(productId: string, variantId: string, { variantsOf }: Work): void {
  const listed = variantsOf.get(productId);
  if (listed) listed.push(variantId);
  else variantsOf.set(productId, [variantId]);
}

const givesProduct = ({ description, category, status }: UpsertRow) =>
  description !== undefined || category !== undefined || status !== undefined;

function withProductFields(product: Product, { fields, category }: Numbered): Product {
  const { description, status } = fields;
  const isRefiled = category !== undefined && category.id !== product.categoryId;
  const next = {
    ...product,
    description: description ?? product.description,
    ...(isRefiled ? { category: category.path, categoryId: category.id } : {}),
    status: status ?? product.status,
  };
  return isSameEntity(next, product) ? product : next;
}

/** Turns drafts into changes, and tells of each row what became of it. */
function close(outcomes: readonly Outcome[], work: Work): UpsertDecision {
  const { stamp } = work.facts;
  const products: Change<Product>[] = [];
  const ownChange = new Set<string>();
  for (const { before, after } of work.products.values()) {
    const isMoved = before && (before.status !== after.status || before.categoryId !== after.categoryId);
    if (isMoved) followProduct(after, work);
    if (before && !isSameEntity(before, after)) ownChange.add(after.id);
  }
  const variants: Change<Variant>[] = [];
  const touched = new Set<string>();
  for (const { before, after } of work.variants.values()) {
    const product = work.products.get(after.productId)!.after;
    const forSale = after.status === 'active' && product.status === 'active';
    const categoryId = after.status === 'active' ? product.categoryId : after.categoryId;
    const next = { ...after, forSale, categoryId };
    if (before && isSameEntity(before, next)) continue;
    const reorderLevel = work.reorderLevels.get(after.id);
    const change: Change<Variant> = before
      ? changeVariant(before, next, { stamp, reorderLevel })
      : { after: next, events: [variantCreatedEvent(next, stamp)] };
    variants.push(change);
    // Another category alone is no change of the variant that anybody sees.
    if (change.events!.length === 0) continue;
    touched.add(after.id);
    ownChange.add(`with ${product.id}`);
  }
  for (const { before, after: drafted } of work.products.values()) {
    const after = withSummary(drafted, before === undefined, work);
    if (!before) products.push({ after, events: [productCreatedEvent(after, stamp)] });
    else if (ownChange.has(after.id) || ownChange.has(`with ${after.id}`)) {
      products.push(changeProduct(before, after, stamp));
    }
  }
  const results = outcomes.map((outcome) => resultOf(outcome, { touched, ownChange, work }));
  return { results, products, variants };
}

/** What it is found by, where all of its variants are known. */
function withSummary(product: Product, isNew: boolean, work: Work): Product {
  if (!isNew && !work.state.members.has(product.id)) return product;
  const summary = summaryOf(membersOf(product.id, work));
  return isSame(summary, product.summary) ? product : { ...product, summary };
}

/** Every variant of a product that is put on sale, taken off it or filed elsewhere changes with it. */
function followProduct(product: Product, work: Work): void {
  for (const member of work.state.members.get(product.id) ?? []) {
    if (work.variants.has(member.id)) continue;
    work.variants.set(member.id, { before: member, after: member });
    listUnder(product.id, member.id, work);
  }
}

type Closed = { touched: ReadonlySet<string>; ownChange: ReadonlySet<string>; work: Work };

function resultOf(outcome: Outcome, { touched, ownChange, work }: Closed): RowResult {
  if ('failed' in outcome) return outcome.failed;
  const { row, variantId, isNew } = outcome;
  const { productId } = work.variants.get(variantId)!.after;
  const isChanged = touched.has(variantId) || (outcome.givesProduct && ownChange.has(productId));
  const status = isNew ? 'created' : isChanged ? 'updated' : 'unchanged';
  return { row: row.row, sku: row.fields.sku, status, productId, variantId };
}
