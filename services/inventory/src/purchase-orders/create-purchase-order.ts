// Staff draft a purchase order.
// Invariants: numbers of a tenant have no gap, because a number is taken in the transaction that stores its order; with
// an Idempotency-Key the id derives from the key, so that a retry makes no second one.
import { DomainError } from '@holdfast/shared/errors';
import { retryUntilFound } from '@holdfast/shared/messaging';
import {
  Conflict,
  createOnce,
  type Database,
  inTransaction,
  isDuplicateKey,
  type Session,
} from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import {
  assertSameRequest,
  type Caller,
  type Clock,
  type Created,
  derivedId,
  newId,
  type RequestKey,
  stampNow,
} from '@holdfast/shared/values';
import type { LocationStore } from '../locations/location.store.ts';
import { mainLocationIdOf } from '../locations/location.ts';
import type { StockItemStore } from '../stock/stock-item.store.ts';
import type { SupplierStore } from '../suppliers/supplier.store.ts';
import type { Supplier } from '../suppliers/supplier.ts';
import { createdEvent } from './purchase-events.ts';
import type { PurchaseNumberStore, PurchaseOrderStore } from './purchase-order.store.ts';
import { newPurchaseOrder, type OrderedLine, type PurchaseOrder } from './purchase-order.ts';

export type PlaceDeps = {
  locations: Pick<LocationStore, 'read'>;
  suppliers: Pick<SupplierStore, 'read'>;
  items: Pick<StockItemStore, 'readMany'>;
};
export type CreatePurchaseOrderDeps = PlaceDeps & {
  database: Database;
  purchaseOrders: PurchaseOrderStore;
  purchaseNumbers: PurchaseNumberStore;
  clock: Clock;
};
export type CreatePurchaseOrder = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  requestKey?: RequestKey | undefined;
  body: {
    supplierId: string;
    locationId?: string | undefined;
    expectedAt?: string | undefined;
    note?: string | undefined;
    lines: readonly OrderedLine[];
  };
};

/**
 * Throws `unknown_supplier` (also for an archived one), `unknown_location`, `unknown_variant` (after retries for 1 s),
 * `mixed_currencies`, `total_too_large`, `idempotency_key_reused`.
 */
export async function createPurchaseOrder(
  { caller: { tenantId, userId }, requestKey, body }: CreatePurchaseOrder,
  deps: CreatePurchaseOrderDeps,
): Promise<Created<PurchaseOrder>> {
  const { database, purchaseOrders, clock } = deps;
  const keyed = requestKey && derivedId('po', tenantId, userId, 'inventory.createPurchaseOrder', requestKey.key);
  const id = keyed ?? newId('po');
  const creation = requestKey ? { requestHash: requestKey.requestHash } : null;
  const { supplierId, locationId = mainLocationIdOf(tenantId), expectedAt, ...asked } = body;
  const facts = {
    ...asked,
    id,
    tenantId,
    supplierId,
    locationId,
    creation,
    createdBy: userId,
    ...(expectedAt === undefined ? {} : { expectedAt: new Date(expectedAt) }),
  };
  return createOnce(requestKey, {
    async findFirst(key) {
      const stored = await purchaseOrders.read({ tenantId, id });
      if (!stored) return undefined;
      assertSameRequest(stored.creation, key);
      const { currency, sequence, createdAt, timeline } = stored;
      return newPurchaseOrder({ ...facts, currency, sequence, createdAt, entryId: timeline[0]!.id });
    },
    async create() {
      const { currency } = await liveSupplier({ tenantId, id: supplierId }, deps);
      await refuseUnknownPlace({ tenantId, locationId, lines: body.lines }, deps);
      const entryId = newId('tml');
      return inTransaction(database, async (session) => {
        const stamp = stampNow(clock, correlation());
        const sequence = await nextNumber(tenantId, deps, session);
        const order = newPurchaseOrder({ ...facts, currency, sequence, createdAt: stamp.now, entryId });
        await purchaseOrders.insert([{ after: order, events: [createdEvent(order, stamp)] }], session);
        return order;
      });
    },
  });
}

async function nextNumber(
  tenantId: string,
  { purchaseNumbers }: Pick<CreatePurchaseOrderDeps, 'purchaseNumbers'>,
  session: Session,
): Promise<number> {
  const before = await purchaseNumbers.read({ tenantId, id: tenantId }, { session });
  const last = (before?.last ?? 0) + 1;
  const after = { id: tenantId, tenantId, last, version: (before?.version ?? 0) + 1 };
  await purchaseNumbers.saveAll([{ before, after }], session).catch((error) => {
    throw isDuplicateKey(error) ? new Conflict('the first number was taken meanwhile') : error;
  });
  return last;
}

/** Throws `unknown_supplier`, also for an archived one. */
export async function liveSupplier(
  key: { tenantId: string; id: string },
  { suppliers }: Pick<PlaceDeps, 'suppliers'>,
): Promise<Supplier> {
  const supplier = await suppliers.read(key);
  if (supplier?.status === 'active') return supplier;
  throw new DomainError('unknown_supplier', { extra: { supplierId: key.id } });
}

/** Throws `unknown_location`, and `unknown_variant` after retries for 1 s. */
export async function refuseUnknownPlace(
  { tenantId, locationId, lines }: { tenantId: string; locationId: string; lines: readonly { variantId: string }[] },
  { locations, items }: PlaceDeps,
): Promise<void> {
  const location = await retryUntilFound(() => locations.read({ tenantId, id: locationId }), Boolean);
  if (location?.deletedAt !== null) throw new DomainError('unknown_location', { extra: { locationId } });
  const wanted = lines.map(({ variantId }) => variantId);
  const known = await retryUntilFound(
    () => items.readMany(wanted),
    (found) => found.length === wanted.length,
  );
  const variantIds = wanted.filter((id) => !known.some(({ variantId }) => variantId === id));
  if (variantIds.length > 0) throw new DomainError('unknown_variant', { extra: { variantIds } });
}
