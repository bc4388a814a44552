// Staff plan a transfer.
// Invariant: with an Idempotency-Key the id derives from the key; the first answer is made again from the request and
// the time of the first one.
import { DomainError } from '@holdfast/shared/errors';
import { retryUntilFound } from '@holdfast/shared/messaging';
import { createOnce } from '@holdfast/shared/persistence';
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
import type { StockItemStore } from '../stock/stock-item.store.ts';
import type { TransferStore } from './transfer.store.ts';
import { asAfter, eventOf, type NewTransfer, newTransfer, type Transfer } from './transfer.ts';

export type CreateTransfer = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  requestKey?: RequestKey | undefined;
  body: Pick<NewTransfer, 'fromLocationId' | 'toLocationId' | 'lines' | 'note'>;
};
export type CreateTransferDeps = {
  transfers: TransferStore;
  locations: Pick<LocationStore, 'readMany'>;
  items: Pick<StockItemStore, 'readMany'>;
  clock: Clock;
};

/** Throws `unknown_location`, `unknown_variant`, `stock_out_of_range`, `idempotency_key_reused`. */
export function createTransfer(
  { caller: { tenantId, userId }, requestKey, body }: CreateTransfer,
  deps: CreateTransferDeps,
): Promise<Created<Transfer>> {
  const { transfers, clock } = deps;
  const id = requestKey ? derivedId('tra', tenantId, userId, 'inventory.createTransfer', requestKey.key) : newId('tra');
  const creation = requestKey ? { requestHash: requestKey.requestHash } : null;
  return createOnce(requestKey, {
    async findFirst(key) {
      const stored = await transfers.read({ tenantId, id });
      if (!stored) return undefined;
      assertSameRequest(stored.creation, key);
      return asAfter(stored, 0);
    },
    async create() {
      const stamp = stampNow(clock, correlation());
      const transfer = newTransfer({ id, tenantId, ...body, createdBy: userId, createdAt: stamp.now, creation });
      await refuseUnknown(transfer, deps);
      await transfers.insert([{ after: transfer, events: [eventOf(transfer, stamp)] }]);
      return transfer;
    },
  });
}

async function refuseUnknown(transfer: Transfer, { locations, items }: CreateTransferDeps): Promise<void> {
  const { tenantId, fromLocationId, toLocationId, lines } = transfer;
  const found = await locations.readMany([fromLocationId, toLocationId].map((id) => ({ tenantId, id })));
  const live = new Set([...found.values()].flatMap(({ id, deletedAt }) => (deletedAt === null ? [id] : [])));
  const locationId = [fromLocationId, toLocationId].find((id) => !live.has(id));
  if (locationId !== undefined) throw new DomainError('unknown_location', { extra: { locationId } });
  const wanted = lines.map(({ variantId }) => variantId);
  const known = await retryUntilFound(
    () => items.readMany(wanted),
    (result) => result.length === wanted.length,
  );
  const variantIds = wanted.filter((id) => !known.some(({ variantId }) => variantId === id));
  if (variantIds.length > 0) throw new DomainError('unknown_variant', { extra: { variantIds } });
}
