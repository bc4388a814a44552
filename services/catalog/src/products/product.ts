// A product and what happens to it. Pure: state in, state and events out.
// Invariants: every change raises the version by one and carries one event; an archived product does not change until
// it is restored; its version also rises when one of its variants changes, because a product is shown with them. So its
// ETag covers what it shows, but for the path of its category (CategoryTree.mayHaveMovedSince).
import {
  type BodyOf,
  type catalogApi,
  type DomainEvent,
  type EventDefinition,
  makeEvent,
  metadataKeysMax,
  optionCountMax,
  productArchived,
  productCreated,
  productSnapshot,
  productUpdated,
  variantsPerProductMax,
} from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { caseless, type Stamp } from '@holdfast/shared/values';
import type { CategoryRef } from '../categories/category-tree.ts';
import { noVariants, summaryOf, type VariantSummary } from '../search/found-by.ts';
import { draftVariant, type Variant } from '../variants/variant.ts';
import { declaredOptions, type Options } from './options.ts';
import { type CreateProductBody, planVariants } from './variant-matrix.ts';

export const productStatuses = ['draft', 'active', 'archived'] as const;
export type ProductStatus = (typeof productStatuses)[number];
export type Metadata = Record<string, string | number | boolean | null>;
export type Product = {
  id: string;
  tenantId: string;
  name: string;
  description: string | null;
  /** The path that its category had when the product was last written; answers show the path of now. */
  category: string | null;
  categoryId: string | null;
  status: ProductStatus;
  media: string[];
  metadata: Metadata | null;
  /** What its variants choose from; null where they are told apart by their SKUs alone. */
  options: Options | null;
  /** What its variants contribute to finding it. */
  summary: VariantSummary;
  /** Variants ever added: the position of the next one. */
  variantCount: number;
  /** Who created it: a user id. */
  createdBy: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  /** What a repeated request is compared with, and its category as it was then; null without an Idempotency-Key. */
  creation: { requestHash: string; category?: CategoryRef | null } | null;
};
export type ProductChange = { before: Product; after: Product; events: DomainEvent[] };
export type ProductPatch = Omit<BodyOf<typeof catalogApi.updateProduct>, 'category'> & {
  category?: CategoryRef | null | undefined;
};
export type NewProduct = {
  productId: string;
  tenantId: string;
  createdBy: string;
  createdAt: Date;
  requestHash?: string | undefined;
  category: CategoryRef | null;
  variantId: (position: number) => string;
};

/**
 * A new product with its variants. The same body, ids and time make the same product, which is how a repeated request
 * gets its first answer again. Throws `validation_failed`.
 */
export function draftProduct(body: CreateProductBody, facts: NewProduct): { product: Product; variants: Variant[] } {
  const planned = planVariants(body);
  const product: Product = {
    id: facts.productId,
    tenantId: facts.tenantId,
    name: body.name,
    description: body.description ?? null,
    category: facts.category?.path ?? null,
    categoryId: facts.category?.id ?? null,
    status: body.status,
    media: body.media ?? [],
    metadata: body.metadata ?? null,
    options: declaredOptions(body.options),
    summary: noVariants,
    variantCount: planned.length,
    createdBy: facts.createdBy,
    version: 1,
    createdAt: facts.createdAt,
    updatedAt: facts.createdAt,
    creation: facts.requestHash === undefined ? null : { requestHash: facts.requestHash, category: facts.category },
  };
  const variants = planned.map((variant, position) =>
    draftVariant(facts.variantId(position), product, variant, {
      position,
      createdAt: facts.createdAt,
      createdBy: facts.createdBy,
    }),
  );
  return { product: { ...product, summary: summaryOf(variants) }, variants };
}

/** The event of a new product. */
export function productCreatedEvent(product: Product, stamp: Stamp): DomainEvent {
  return eventOf(productCreated, product, stamp);
}

/** The full-state event of a product, for resync. */
export function productSnapshotEvent(product: Product, stamp: Stamp): DomainEvent {
  return eventOf(productSnapshot, product, stamp);
}

/**
 * Merges a patch; undefined when it changes nothing. A status restores an archived product. Throws `archived`,
 * `too_many_metadata_keys`, `too_many_options`.
 */
export function patchProduct(product: Product, patch: ProductPatch, stamp: Stamp): ProductChange | undefined {
  if (patch.status === undefined) refuseArchived(product);
  const next = { ...product };
  if (patch.name !== undefined) next.name = patch.name;
  if (patch.description !== undefined) next.description = patch.description;
  if (patch.category !== undefined && (patch.category?.id ?? null) !== product.categoryId) {
    next.category = patch.category?.path ?? null;
    next.categoryId = patch.category?.id ?? null;
  }
  if (patch.status !== undefined) next.status = patch.status;
  if (patch.media !== undefined) next.media = patch.media ?? [];
  if (patch.metadata !== undefined) next.metadata = mergeMetadata(product.metadata, patch.metadata);
  if (patch.options !== undefined) next.options = mergeOptions(product.options, patch.options);
  return JSON.stringify(next) === JSON.stringify(product) ? undefined : changed(product, next, productUpdated, stamp);
}

/** Takes the product off sale; undefined when it is archived already. */
export function archiveProduct(product: Product, stamp: Stamp): ProductChange | undefined {
  if (product.status === 'archived') return undefined;
  return changed(product, { ...product, status: 'archived' }, productArchived, stamp);
}

/** Makes room for one more variant, at `before.variantCount`. Throws `archived`, `too_many_variants`. */
export function admitVariant(product: Product, stamp: Stamp): ProductChange {
  refuseArchived(product);
  if (product.variantCount >= variantsPerProductMax) throw new DomainError('too_many_variants');
  return changed(product, { ...product, variantCount: product.variantCount + 1 }, productUpdated, stamp);
}

/** The product shows a changed variant, and is found by it: its version rises with it. */
export function showChangedVariant(product: Product, variants: readonly Variant[], stamp: Stamp): ProductChange {
  return changed(product, { ...product, summary: summaryOf(variants) }, productUpdated, stamp);
}

/** The change to `next`, as the next version with its event. */
export function changeProduct(before: Product, next: Product, stamp: Stamp): ProductChange {
  return changed(before, next, productUpdated, stamp);
}

function refuseArchived(product: Product): void {
  if (product.status === 'archived') throw new DomainError('archived');
}

function mergeMetadata(before: Metadata | null, patch: Metadata | null): Metadata | null {
  if (patch === null) return null;
  const merged = new Map(Object.entries(before ?? {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, value);
  }
  if (merged.size > metadataKeysMax) throw new DomainError('too_many_metadata_keys');
  return Object.fromEntries(merged);
}

function mergeOptions(before: Options | null, patch: Readonly<Record<string, string[] | null>> | null): Options | null {
  const merged = new Map(Object.entries(before ?? {}));
  for (const [given, values] of Object.entries(patch ?? {})) {
    const name = [...merged.keys()].find((known) => caseless(known) === caseless(given)) ?? given;
    if (values === null) merged.delete(name);
    else merged.set(name, values);
  }
  if (merged.size > optionCountMax) throw new DomainError('too_many_options');
  return patch === null ? null : declaredOptions(Object.fromEntries(merged));
}

function changed(before: Product, next: Product, definition: typeof productUpdated, stamp: Stamp): ProductChange {
  const after = { ...next, version: before.version + 1, updatedAt: stamp.now };
  return { before, after, events: [eventOf(definition, after, stamp)] };
}

function eventOf(definition: EventDefinition, product: Product, stamp: Stamp): DomainEvent {
  const { id, tenantId, version, name, status, category, categoryId } = product;
  const filed = { ...(category === null ? {} : { category }), ...(categoryId === null ? {} : { categoryId }) };
  const data = { productId: id, name, status, ...filed };
  return makeEvent(definition, { tenantId, id, version }, stamp, data);
}
