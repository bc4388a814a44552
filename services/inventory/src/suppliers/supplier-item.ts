// What a supplier sells a variant for. Pure. Of the suppliers of a variant one may be preferred; which one that is
// stands with the variant's stock item, so that there are never two.
import { DomainError } from '@holdfast/shared/errors';
import { derivedId, type Money } from '@holdfast/shared/values';
import type { Supplier } from './supplier.ts';

export type SupplierItem = {
  id: string;
  tenantId: string;
  supplierId: string;
  variantId: string;
  supplierSku?: string | undefined;
  unitCost: Money;
  /** It is sold in multiples of this. */
  packSize: number;
  /** The least that can be ordered. */
  minimumQuantity: number;
  version: number;
  updatedAt: Date;
};
export type SupplierItemFacts = {
  supplierSku?: string | undefined;
  unitCost: Money;
  packSize?: number | undefined;
  minimumQuantity?: number | undefined;
};

/** A supplier sells a variant once. */
export function supplierItemIdOf(tenantId: string, supplierId: string, variantId: string): string {
  return derivedId('sit', tenantId, supplierId, variantId);
}

/** The item after it was put; undefined when that changes nothing. Throws `mixed_currencies`. */
export function putItem(
  before: SupplierItem | undefined,
  { packSize = 1, minimumQuantity = 1, supplierSku, unitCost }: SupplierItemFacts,
  { supplier, variantId, now }: { supplier: Supplier; variantId: string; now: Date },
): SupplierItem | undefined {
  if (unitCost.currency !== supplier.currency) {
    throw new DomainError('mixed_currencies', { detail: `The costs of this supplier are in ${supplier.currency}.` });
  }
  const { id: supplierId, tenantId } = supplier;
  const isSame =
    before?.supplierSku === supplierSku &&
    before?.unitCost.amount === unitCost.amount &&
    before.packSize === packSize &&
    before.minimumQuantity === minimumQuantity;
  if (isSame) return undefined;
  const id = supplierItemIdOf(tenantId, supplierId, variantId);
  const version = (before?.version ?? 0) + 1;
  const key = { id, tenantId, supplierId, variantId };
  return { ...key, supplierSku, unitCost, packSize, minimumQuantity, version, updatedAt: now };
}
