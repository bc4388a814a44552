// A supplier: who a business buys from. Pure. Its currency is that of its costs and of every purchase order with it,
// so it never changes. An archived one stays, because purchase orders name it.
import type { supplierStatuses } from '@holdfast/shared/contracts';

export type Supplier = {
  id: string;
  tenantId: string;
  name: string;
  contactName?: string | undefined;
  email?: string | undefined;
  phone?: string | undefined;
  currency: string;
  leadTimeDays?: number | undefined;
  notes?: string | undefined;
  status: (typeof supplierStatuses)[number];
  version: number;
  createdAt: Date;
  updatedAt: Date;
  /** For a repeated request. Null without an Idempotency-Key. */
  creation: { requestHash: string } | null;
};

export type SupplierFacts = Pick<
  Supplier,
  'name' | 'contactName' | 'email' | 'phone' | 'currency' | 'leadTimeDays' | 'notes'
>;
type Patchable = Omit<SupplierFacts, 'currency'>;
/** A merge patch: null removes a field. */
export type SupplierPatch = { [Field in keyof Patchable]?: Patchable[Field] | null } & { status?: Supplier['status'] };

export function newSupplier(
  facts: SupplierFacts & Pick<Supplier, 'id' | 'tenantId' | 'createdAt' | 'creation'>,
): Supplier {
  return { ...facts, status: 'active', version: 1, updatedAt: facts.createdAt };
}

/** Merges a patch; undefined when it changes nothing. */
export function patchSupplier(before: Supplier, patch: SupplierPatch, now: Date): Supplier | undefined {
  const given = Object.entries(patch).filter(([, value]) => value !== undefined);
  const changed = given.filter(([field, value]) => before[field as keyof SupplierPatch] !== (value ?? undefined));
  if (changed.length === 0) return undefined;
  const set = Object.fromEntries(changed.map(([field, value]) => [field, value ?? undefined]));
  return { ...before, ...set, version: before.version + 1, updatedAt: now };
}

/** Archives it; undefined when it is archived. */
export function archiveSupplier(before: Supplier, now: Date): Supplier | undefined {
  return patchSupplier(before, { status: 'archived' }, now);
}
