// What an order becomes by a merge patch. Pure.
import { addressField, metadataKeysMax } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { contentHash } from '@holdfast/shared/values';
import { totalOf } from '../orders/charges.ts';
import type { Address, Charge, EditedField, Metadata, Order, OrderLine } from '../orders/order.ts';

/** Lines and charges are whole lists; an address and metadata are merged; null removes. */
export type OrderPatch = {
  lines?: readonly OrderLine[] | undefined;
  charges?: readonly Charge[] | null | undefined;
  shippingAddress?: { [Field in keyof Address]?: Address[Field] | null } | null | undefined;
  note?: string | null | undefined;
  metadata?: Metadata | null | undefined;
};

/** The fields after the patch, of which `changed` says which differ; absent is what there is none of. */
export type MergedOrder = Pick<Order, 'lines' | 'total' | 'charges' | 'shippingAddress' | 'note' | 'metadata'> & {
  changed: EditedField[];
};

/**
 * Throws too_many_metadata_keys, incomplete_address, mixed_currencies, total_too_large, total_negative. Lines that are
 * the same in another order are the same.
 */
export function patched(order: Order, patch: OrderPatch): MergedOrder {
  const merged: MergedOrder = { lines: order.lines, total: order.total, changed: [] };
  if (patch.lines !== undefined && !isSame(demandOf(patch.lines), demandOf(order.lines))) {
    merged.lines = [...patch.lines];
    merged.changed.push('lines');
  }
  merge(merged, order, 'charges', patch.charges === undefined ? order.charges : nonEmpty(patch.charges));
  merge(merged, order, 'shippingAddress', mergeAddress(order.shippingAddress, patch.shippingAddress));
  merge(merged, order, 'note', patch.note === undefined ? order.note : (patch.note ?? undefined));
  merge(merged, order, 'metadata', mergeMetadata(order.metadata, patch.metadata));
  const { changed, lines, charges } = merged;
  const costsOther = changed.includes('lines') || changed.includes('charges');
  return costsOther ? { ...merged, total: totalOf(lines, charges) } : merged;
}

type Mergeable = Exclude<EditedField, 'lines'>;

function merge<Field extends Mergeable>(merged: MergedOrder, order: Order, field: Field, value: Order[Field]): void {
  if (value !== undefined) Object.assign(merged, { [field]: value });
  if (!isSame(value, order[field])) merged.changed.push(field);
}

/** Quantities by variant. */
function demandOf(lines: readonly OrderLine[]): object {
  return lines.map(({ variantId, quantity }) => [variantId, quantity]).sort();
}

function nonEmpty(charges: readonly Charge[] | null): Charge[] | undefined {
  return charges !== null && charges.length > 0 ? [...charges] : undefined;
}

function mergeAddress(before: Address | undefined, patch: OrderPatch['shippingAddress']): Address | undefined {
  if (patch === undefined) return before;
  if (patch === null) return undefined;
  const merged = Object.entries({ ...before, ...patch }).filter(([, value]) => value !== null && value !== undefined);
  const address = addressField.safeParse(Object.fromEntries(merged));
  if (!address.success) {
    const missing = address.error.issues.map(({ path }) => path.join('.'));
    throw new DomainError('incomplete_address', { extra: { fields: missing } });
  }
  return address.data;
}

function mergeMetadata(before: Metadata | undefined, patch: Metadata | null | undefined): Metadata | undefined {
  if (patch === undefined) return before;
  if (patch === null) return undefined;
  const merged = new Map(Object.entries(before ?? {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, value);
  }
  if (merged.size > metadataKeysMax) throw new DomainError('too_many_metadata_keys');
  return merged.size > 0 ? Object.fromEntries(merged) : undefined;
}

/** Plain data, whatever the order of their keys. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || contentHash(a) === contentHash(b);
}
