// Staff say what a supplier sells a variant for, or that it does not any more.
// Invariants: a variant has at most one preferred supplier, because its stock item names it; it is one that sells it.
import { supplierItemsMax } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { retryUntilFound } from '@holdfast/shared/messaging';
import { Conflict, type Database, inTransaction, isDuplicateKey, type Session } from '@holdfast/shared/persistence';
import type { Caller, Clock } from '@holdfast/shared/values';
import type { StockItemStore } from '../stock/stock-item.store.ts';
import type { SupplierStore } from './supplier.store.ts';
import type { SupplierItemStore } from './supplier-item.store.ts';
import { putItem, type SupplierItem, type SupplierItemFacts, supplierItemIdOf } from './supplier-item.ts';

export type SupplierItemDeps = {
  database: Database;
  suppliers: Pick<SupplierStore, 'read'>;
  supplierItems: SupplierItemStore;
  items: Pick<StockItemStore, 'read' | 'setPreferredSupplier'>;
  clock: Clock;
};
export type ChangeSupplierItem = {
  caller: Pick<Caller, 'tenantId'>;
  supplierId: string;
  variantId: string;
  /** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
  expectVersion: (stored: number) => void;
};
export type ShownItem = SupplierItem & { preferred: boolean };

/**
 * Creates or replaces. Throws `not_found` for a supplier or a variant (after retries for 1 s) that is not there,
 * `mixed_currencies`, `too_many_supplier_items`, `stale_version`.
 */
export async function putSupplierItem(
  command: ChangeSupplierItem & { body: SupplierItemFacts & { preferred?: boolean | undefined } },
  deps: SupplierItemDeps,
): Promise<ShownItem> {
  const { caller, supplierId, variantId, expectVersion, body } = command;
  const { tenantId } = caller;
  const { preferred = false, ...facts } = body;
  if (!(await retryUntilFound(() => deps.items.read(variantId), Boolean))) throw new DomainError('not_found');
  return inTransaction(deps.database, async (session) => {
    const supplier = await deps.suppliers.read({ tenantId, id: supplierId }, { session });
    if (!supplier) throw new DomainError('not_found');
    const key = { tenantId, id: supplierItemIdOf(tenantId, supplierId, variantId) };
    const before = await deps.supplierItems.read(key, { session });
    expectVersion(before?.version ?? 0);
    const after = putItem(before, facts, { supplier, variantId, now: deps.clock.now() });
    if (after && !before) await refuseTooMany({ tenantId, supplierId }, deps, session);
    if (after) await deps.supplierItems.saveAll([{ before, after }], session).catch(asConflict);
    await prefer({ tenantId, supplierId, variantId, preferred }, deps, session);
    return { ...(after ?? before!), preferred };
  });
}

/** Throws `not_found`, `stale_version`. */
export function deleteSupplierItem(command: ChangeSupplierItem, deps: SupplierItemDeps): Promise<void> {
  const { caller, supplierId, variantId, expectVersion } = command;
  const { tenantId } = caller;
  return inTransaction(deps.database, async (session) => {
    const key = { tenantId, id: supplierItemIdOf(tenantId, supplierId, variantId) };
    const before = await deps.supplierItems.read(key, { session });
    if (!before) throw new DomainError('not_found');
    expectVersion(before.version);
    if (!(await deps.supplierItems.remove(before, session))) throw new Conflict('the item changed meanwhile');
    await prefer({ tenantId, supplierId, variantId, preferred: false }, deps, session);
  });
}

async function refuseTooMany(
  key: { tenantId: string; supplierId: string },
  { supplierItems }: SupplierItemDeps,
  session: Session,
): Promise<void> {
  const count = await supplierItems.count(key, supplierItemsMax, session);
  if (count >= supplierItemsMax) throw new DomainError('too_many_supplier_items');
}

type Preference = { tenantId: string; supplierId: string; variantId: string; preferred: boolean };

/** Only a supplier itself is set back: another one may have become the preferred one. */
async function prefer(
  { tenantId, supplierId, variantId, preferred }: Preference,
  { items }: SupplierItemDeps,
  session: Session,
): Promise<void> {
  const current = (await items.read(variantId, session))?.preferredSupplierId;
  if (preferred === (current === supplierId)) return;
  await items.setPreferredSupplier({ tenantId, variantId, supplierId: preferred ? supplierId : undefined }, session);
}

function asConflict(error: unknown): never {
  throw isDuplicateKey(error) ? new Conflict('the item was put meanwhile') : error;
}
