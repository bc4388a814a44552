// Staff change, archive or restore a supplier.
import { DomainError } from '@holdfast/shared/errors';
import { type Database, inTransaction } from '@holdfast/shared/persistence';
import type { Caller, Clock } from '@holdfast/shared/values';
import type { SupplierStore } from './supplier.store.ts';
import { archiveSupplier, patchSupplier, type Supplier, type SupplierPatch } from './supplier.ts';

export type SupplierDeps = { database: Database; suppliers: SupplierStore; clock: Clock };
export type ChangeSupplier = {
  caller: Pick<Caller, 'tenantId'>;
  id: string;
  /** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
  expectVersion: (stored: number) => void;
};

/** Merges a patch. Throws `not_found`, `stale_version`. */
export function updateSupplier(
  { patch, ...command }: ChangeSupplier & { patch: SupplierPatch },
  deps: SupplierDeps,
): Promise<Supplier> {
  return change(command, (before, now) => patchSupplier(before, patch, now), deps);
}

/** Archives; does nothing to an archived one. Throws `not_found`, `stale_version`. */
export function deleteSupplier(command: ChangeSupplier, deps: SupplierDeps): Promise<Supplier> {
  return change(command, archiveSupplier, deps);
}

function change(
  { caller: { tenantId }, id, expectVersion }: ChangeSupplier,
  decide: (before: Supplier, now: Date) => Supplier | undefined,
  { database, suppliers, clock }: SupplierDeps,
): Promise<Supplier> {
  return inTransaction(database, async (session) => {
    const before = await suppliers.read({ tenantId, id }, { session });
    if (!before) throw new DomainError('not_found');
    expectVersion(before.version);
    const after = decide(before, clock.now());
    if (after) await suppliers.saveAll([{ before, after }], session);
    return after ?? before;
  });
}
