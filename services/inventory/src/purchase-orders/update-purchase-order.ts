// Staff change a draft.
import { DomainError } from '@holdfast/shared/errors';
import { type Database, inTransaction } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Caller, type Clock, newId, stampNow } from '@holdfast/shared/values';
import { type PlaceDeps, refuseUnknownPlace } from './create-purchase-order.ts';
import { updatedEvent } from './purchase-events.ts';
import type { PurchaseOrderStore } from './purchase-order.store.ts';
import { type DraftPatch, type PurchaseOrder, patchDraft } from './purchase-order.ts';

export type UpdatePurchaseOrderDeps = PlaceDeps & {
  database: Database;
  purchaseOrders: PurchaseOrderStore;
  clock: Clock;
};
export type UpdatePurchaseOrder = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  id: string;
  /** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
  expectVersion: (stored: number) => void;
  patch: DraftPatch;
};

/**
 * Throws `not_found`, `stale_version`, `illegal_transition` when it is no draft, `unknown_location`, `unknown_variant`,
 * `mixed_currencies`, `total_too_large`.
 */
export async function updatePurchaseOrder(
  { caller: { tenantId, userId: actor }, id, expectVersion, patch }: UpdatePurchaseOrder,
  deps: UpdatePurchaseOrderDeps,
): Promise<PurchaseOrder> {
  const known = await deps.purchaseOrders.read({ tenantId, id });
  if (!known) throw new DomainError('not_found');
  const { locationId = known.locationId, lines = [] } = patch;
  await refuseUnknownPlace({ tenantId, locationId, lines }, deps);
  return inTransaction(deps.database, async (session) => {
    const before = await deps.purchaseOrders.read({ tenantId, id }, { session });
    if (!before) throw new DomainError('not_found');
    expectVersion(before.version);
    const stamp = stampNow(deps.clock, correlation());
    const after = patchDraft(before, patch, { id: newId('tml'), at: stamp.now, actor });
    if (!after) return before;
    await deps.purchaseOrders.saveAll([{ before, after, events: [updatedEvent(after, stamp)] }], session);
    return after;
  });
}
