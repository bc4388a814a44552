// Shipping, receiving and cancelling a transfer: one command of the stock writer each.
import { DomainError } from '@holdfast/shared/errors';
import { blockingOrdersMax } from '../limits.ts';
import type { ReservationStore } from '../reservations/reservation.store.ts';
import { documentsOfPlace } from '../stock/arrivals.ts';
import { levelIdOf } from '../stock/stock-level.ts';
import type { StockCommand, StockWriter } from '../stock/stock-writer.ts';
import { type StepCommand, type StepResult, stepTransfer, transferKind } from './step-transfer.ts';
import type { TransferStore } from './transfer.store.ts';
import type { Transfer } from './transfer.ts';

export type MoveTransferDeps = {
  writer: Pick<StockWriter, 'add'>;
  transfers: Pick<TransferStore, 'read'>;
  reservations: Pick<ReservationStore, 'ordersHolding'>;
};

/** The command as the stock writer takes it; what a transfer names never changes. */
export function toStockCommand(command: StepCommand, transfer: Transfer): StockCommand<StepResult> {
  const { tenantId, transferId, to } = command;
  const { fromLocationId, toLocationId, lines } = transfer;
  const locationId = to === 'RECEIVED' ? toLocationId : fromLocationId;
  const variantIds = lines.map(({ variantId }) => variantId);
  const locationIds = [fromLocationId, toLocationId].flatMap(
    (id) => documentsOfPlace({ tenantId, locationId: id }).locations ?? [],
  );
  return {
    tenantId,
    levelIds: variantIds.map((variantId) => levelIdOf(tenantId, variantId, locationId)),
    variantIds,
    documents: { locations: locationIds, [transferKind.name]: [transferId] },
    decide: (book, documents, now) => stepTransfer(command, { book, documents }, now),
  };
}

/** Throws what `stepTransfer` throws; `would_break_reservations` names orders that hold the stock. Throws `busy`. */
export async function moveTransfer(command: StepCommand, deps: MoveTransferDeps): Promise<StepResult> {
  const { tenantId, transferId: id } = command;
  const transfer = await deps.transfers.read({ tenantId, id });
  if (!transfer) throw new DomainError('not_found');
  try {
    return await deps.writer.add(toStockCommand(command, transfer));
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'would_break_reservations') throw error;
    const [short] = error.extra.shortages as { variantId: string }[];
    const orderIds = await deps.reservations.ordersHolding(
      short!.variantId,
      transfer.fromLocationId,
      blockingOrdersMax,
    );
    throw new DomainError(error.code, { extra: { ...error.extra, orderIds } });
  }
}
