// Receiving on a purchase order, and taking a receipt back: one command of the stock writer each.
// Invariant: two people who receive at once never count twice, because the command decides on the order's version; the
// lock only spares the second one from being decided again.
import { DomainError } from '@holdfast/shared/errors';
import type { Clock } from '@holdfast/shared/values';
import { derivedId, sleep } from '@holdfast/shared/values';
import { blockingOrdersMax, receiptLockAttemptsMax, receiptLockRetryMs } from '../limits.ts';
import type { ReservationStore } from '../reservations/reservation.store.ts';
import type { TenantSettingsStore } from '../settings/tenant-settings.store.ts';
import { documentsOfPlace } from '../stock/arrivals.ts';
import { levelIdOf } from '../stock/stock-level.ts';
import type { StockCommand, StockWriter } from '../stock/stock-writer.ts';
import { incomingIdsOf, incomingKind, touchedLevelsOf } from './incoming.ts';
import type { PurchaseOrderStore } from './purchase-order.store.ts';
import { type PurchaseOrder, purchaseOrderKind } from './purchase-order.ts';
import type { ReceiptStore } from './receipt.store.ts';
import { receiptKind } from './receipt.ts';
import {
  reverseReceipt as decideReversal,
  type ReceiveCommand,
  type Received,
  type ReverseCommand,
  receiveGoods,
} from './receive-goods.ts';
import { variantCostIdOf, variantCostKind } from './variant-cost.ts';

export type PurchaseLock = (purchaseOrderId: string) => Promise<{ release(): Promise<void> } | undefined>;
export type ReceiptDeps = {
  writer: Pick<StockWriter, 'add'>;
  purchaseOrders: Pick<PurchaseOrderStore, 'read'>;
  receipts: Pick<ReceiptStore, 'read'>;
  reservations: Pick<ReservationStore, 'ordersHolding'>;
  settings: Pick<TenantSettingsStore, 'of'>;
  /** Tries once to take `lock:purchaseOrder:<id>`. */
  lockPurchaseOrder: PurchaseLock;
  clock: Clock;
};

/** Throws what `receiveGoods` throws, and `busy`. */
export async function createReceipt(
  command: Omit<ReceiveCommand, 'receiptId' | 'tolerances'>,
  deps: ReceiptDeps,
): Promise<Received> {
  const { caller, purchaseOrderId, key, lines } = command;
  const { tenantId, userId } = caller;
  const receiptId = derivedId('rcp', tenantId, userId, 'receipts.create', purchaseOrderId, key.key);
  const order = await deps.purchaseOrders.read({ tenantId, id: purchaseOrderId });
  if (!order) throw new DomainError('not_found');
  const tolerances = await deps.settings.of(tenantId);
  const full = { ...command, receiptId, tolerances };
  const variantIds = lines.map(({ variantId }) => variantId);
  return locked(purchaseOrderId, deps, () =>
    deps.writer.add(stockCommand(order, { receiptId, variantIds }, (world, now) => receiveGoods(full, world, now))),
  );
}

/** Throws what the decider throws; `would_break_reservations` names orders that hold the stock. Throws `busy`. */
export async function reverseReceipt(command: ReverseCommand, deps: ReceiptDeps): Promise<Received> {
  const { caller, purchaseOrderId, receiptId } = command;
  const { tenantId } = caller;
  const order = await deps.purchaseOrders.read({ tenantId, id: purchaseOrderId });
  const receipt = await deps.receipts.read({ tenantId, id: receiptId });
  if (!order || receipt?.purchaseOrderId !== purchaseOrderId) throw new DomainError('not_found');
  const variantIds = receipt.lines.map(({ variantId }) => variantId);
  const decide = () =>
    deps.writer.add(
      stockCommand(order, { receiptId, variantIds }, (world, now) => decideReversal(command, world, now)),
    );
  try {
    return await locked(purchaseOrderId, deps, decide);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'would_break_reservations') throw error;
    const [short] = error.extra.shortages as { variantId: string }[];
    const { ordersHolding } = deps.reservations;
    const orderIds = await ordersHolding(short!.variantId, order.locationId, blockingOrdersMax);
    throw new DomainError(error.code, { extra: { ...error.extra, orderIds } });
  }
}

type World = Parameters<typeof receiveGoods>[1];

function stockCommand(
  order: PurchaseOrder,
  { receiptId, variantIds }: { receiptId: string; variantIds: readonly string[] },
  decide: (world: World, now: Date) => Received,
): StockCommand<Received> {
  const { tenantId, locationId, lines, id } = order;
  // A line that was never ordered has no level to look at.
  const ordered = lines.map(({ variantId }) => variantId).filter((variantId) => variantIds.includes(variantId));
  return {
    tenantId,
    levelIds: [...ordered.map((variantId) => levelIdOf(tenantId, variantId, locationId)), ...touchedLevelsOf(order)],
    variantIds: ordered,
    documents: {
      ...documentsOfPlace({ tenantId, locationId }),
      [purchaseOrderKind.name]: [id],
      [receiptKind.name]: [receiptId],
      [incomingKind.name]: incomingIdsOf(order),
      [variantCostKind.name]: ordered.map((variantId) => variantCostIdOf(tenantId, variantId)),
    },
    decide: (book, documents, now) => decide({ book, documents }, now),
  };
}

/** Waits a moment for the lock; without it the work is done all the same. */
async function locked<T>(
  purchaseOrderId: string,
  { lockPurchaseOrder, clock }: Pick<ReceiptDeps, 'lockPurchaseOrder' | 'clock'>,
  work: () => Promise<T>,
): Promise<T> {
  let lock = await lockPurchaseOrder(purchaseOrderId);
  for (let attempt = 1; !lock && attempt < receiptLockAttemptsMax; attempt += 1) {
    await sleep(clock, receiptLockRetryMs);
    lock = await lockPurchaseOrder(purchaseOrderId);
  }
  try {
    return await work();
  } finally {
    await lock?.release();
  }
}
