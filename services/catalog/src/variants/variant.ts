// A variant: one sellable SKU of a product. Pure: state in, state and events out.
// Invariants: every change raises the version by one and carries one event with the full public state;
// no event carries the cost;
// `forSale` is true exactly when the variant and its product are active.
import {
  type BodyOf,
  type catalogApi,
  type DomainEvent,
  makeEvent,
  variantArchived,
  variantCreated,
  variantSnapshot,
  variantUpdated,
} from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { Money, Stamp } from '@holdfast/shared/values';
import type { PlannedVariant } from '../products/variant-matrix.ts';
import { skuKeyOf } from './sku.ts';

export const variantStatuses = ['active', 'archived'] as const;
export type VariantStatus = (typeof variantStatuses)[number];
export type Variant = {
  id: string;
  tenantId: string;
  productId: string;
  /** Place within the product, from 0; never reused. */
  position: number;
  productName: string;
  /** The category of its product. */
  categoryId: string | null;
  sku: string;
  /** By which SKUs are compared. */
  skuKey: string;
  options: Record<string, string>;
  price: Money;
  cost: Money | null;
  barcode: string | null;
  weightGrams: number | null;
  status: VariantStatus;
  /** Archived because its product was: comes back with it. */
  archivedWithProduct?: boolean | undefined;
  forSale: boolean;
  initialStock: number;
  reorderLevel: number;
  /** Who created it: a user id. */
  createdBy: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  /**
   * What a repeated request is compared with, and the product's name in the first answer;
   * null without an Idempotency-Key.
   */
  creation: { requestHash: string; productName: string } | null;
};
export type VariantChange = { before: Variant; after: Variant; events: DomainEvent[] };
export type VariantPatch = BodyOf<typeof catalogApi.updateVariant>;

/** What a variant takes from its product. */
export type ProductOfVariant = {
  id: string;
  tenantId: string;
  name: string;
  categoryId: string | null;
  status: 'draft' | 'active' | 'archived';
};

/** A new active variant at this place of its product. */
export function draftVariant(
  id: string,
  product: ProductOfVariant,
  planned: PlannedVariant,
  place: { position: number; createdAt: Date; createdBy: string; requestHash?: string | undefined },
): Variant {
  return {
    id,
    tenantId: product.tenantId,
    productId: product.id,
    position: place.position,
    productName: product.name,
    categoryId: product.categoryId,
    sku: planned.sku,
    skuKey: skuKeyOf(planned.sku),
    options: planned.options,
    price: planned.price,
    cost: planned.cost ?? null,
    barcode: planned.barcode ?? null,
    weightGrams: planned.weightGrams ?? null,
    status: 'active',
    forSale: product.status === 'active',
    initialStock: planned.initialStock ?? 0,
    reorderLevel: planned.reorderLevel ?? 0,
    createdBy: place.createdBy,
    version: 1,
    createdAt: place.createdAt,
    updatedAt: place.createdAt,
    creation: place.requestHash === undefined ? null : { requestHash: place.requestHash, productName: product.name },
  };
}

/** The event of a new variant; inventory opens its stock level from it. */
export function variantCreatedEvent(variant: Variant, stamp: Stamp): DomainEvent {
  return makeEvent(variantCreated, aggregateOf(variant), stamp, openingState(variant));
}

/** The full-state event of a variant, for resync. */
export function variantSnapshotEvent(variant: Variant, stamp: Stamp): DomainEvent {
  return makeEvent(variantSnapshot, aggregateOf(variant), stamp, openingState(variant));
}

/**
 * Merges a patch; undefined when it changes nothing. Throws `archived`: of an archived variant only the SKU can be
 * changed, unless the patch restores it, beside a product that is not archived.
 */
export function patchVariant(
  variant: Variant,
  patch: VariantPatch,
  { product, stamp }: { product: ProductOfVariant; stamp: Stamp },
): VariantChange | undefined {
  const fields = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const isAllowed = restores(variant, patch) ? product.status !== 'archived' : Object.keys(fields).join() === 'sku';
  if (variant.status === 'archived' && !isAllowed) throw new DomainError('archived');
  const next = { ...variant, ...fields };
  next.skuKey = skuKeyOf(next.sku);
  if (restores(variant, patch)) return changed(variant, restored(next, product), variantUpdated, stamp);
  return sameFields(variant, next, Object.keys(fields)) ? undefined : changed(variant, next, variantUpdated, stamp);
}

/** Whether the patch brings an archived variant back. */
export function restores({ status }: Variant, patch: VariantPatch): boolean {
  return status === 'archived' && patch.status === 'active';
}

function restored(variant: Variant, { name, status, categoryId }: ProductOfVariant): Variant {
  const forSale = status === 'active';
  return { ...variant, productName: name, categoryId, status: 'active', archivedWithProduct: undefined, forSale };
}

/**
 * What a renamed, refiled, activated, withdrawn or restored product makes of its variant; undefined when nothing
 * changes. Archived variants stay as they are, but for those that a restored product brings back.
 */
export function followProduct(variant: Variant, product: ProductOfVariant, stamp: Stamp): VariantChange | undefined {
  if (variant.archivedWithProduct) return changed(variant, restored(variant, product), variantUpdated, stamp);
  if (variant.status === 'archived') return undefined;
  const { name: productName, categoryId, status } = product;
  const next = { ...variant, productName, categoryId, forSale: status === 'active' };
  return sameFields(variant, next, ['productName', 'categoryId', 'forSale'])
    ? undefined
    : changeVariant(variant, next, { stamp });
}

/** Takes the variant off sale, alone or with its product; undefined when it is archived already. */
export function archiveVariant(
  variant: Variant,
  { stamp, withProduct }: { stamp: Stamp; withProduct?: true },
): VariantChange | undefined {
  if (variant.status === 'archived') return undefined;
  const next = { ...variant, status: 'archived' as const, archivedWithProduct: withProduct, forSale: false };
  return changed(variant, next, variantArchived, stamp);
}

/**
 * The change to `next`, as the next version with its event; another category alone is shown nowhere, so it is no new
 * version. A reorder level is told only where the change sets it:
 * inventory owns it otherwise.
 */
export function changeVariant(
  before: Variant,
  next: Variant,
  { stamp, reorderLevel }: { stamp: Stamp; reorderLevel?: number | undefined },
): VariantChange {
  if (sameFields({ ...before, categoryId: next.categoryId }, next, Object.keys(next))) {
    return { before, after: next, events: [] };
  }
  const { after } = changed(before, next, variantUpdated, stamp);
  const told = reorderLevel === undefined ? {} : { reorderLevel };
  const event = makeEvent(variantUpdated, aggregateOf(after), stamp, { ...publicState(after), ...told });
  return { before, after, events: [event] };
}

function changed(
  before: Variant,
  next: Variant,
  definition: typeof variantUpdated | typeof variantArchived,
  stamp: Stamp,
): VariantChange {
  const after = { ...next, version: before.version + 1, updatedAt: stamp.now };
  return { before, after, events: [makeEvent(definition, aggregateOf(after), stamp, publicState(after))] };
}

/** What everybody may know of a variant. The cost is not part of it. */
function publicState({ id, productId, productName, sku, options, price, forSale }: Variant) {
  return { variantId: id, productId, productName, sku, options, price, forSale };
}

/** With what inventory opens a level from, and on whose behalf. */
function openingState(variant: Variant) {
  const { initialStock, reorderLevel, createdBy } = variant;
  return { ...publicState(variant), initialStock, reorderLevel, createdBy };
}

const aggregateOf = ({ id, tenantId, version }: Variant) => ({ tenantId, id, version });

function sameFields(before: Variant, after: Variant, names: string[]): boolean {
  return names.every((name) => {
    const field = name as keyof Variant;
    return JSON.stringify(before[field]) === JSON.stringify(after[field]);
  });
}
