// Which movements an order, an adjustment, a transfer or a variant has caused. Their ids derive from what caused them,
// so that they are found without an index that every line of every order would have to write.
import { derivedId } from '@holdfast/shared/values';
import { type Adjustment, movedId, takenBackId } from '../adjustments/adjustment.ts';
import type { Receipt } from '../purchase-orders/receipt.ts';
import { receiptMovementId } from '../purchase-orders/receive-goods.ts';
import type { Reservation } from '../reservations/reservation.ts';
import { movementIdOf, type Transfer } from '../transfers/transfer.ts';
import { levelIdOf } from './stock-level.ts';

type Place = { variantId: string; locationId: string };

/**
 * Of an order's parcels and returns, and of its requests on each level that it holds or ever held; at most `max`, the
 * newest requests first.
 */
export function movementsOfOrder(reservation: Reservation, max: number): string[] {
  const { id, tenantId, request, allocations, former = [], parcels = [], restocks = [] } = reservation;
  const levelIdAt = ({ variantId, locationId }: Place) => levelIdOf(tenantId, variantId, locationId);
  const held = [...new Set([...allocations, ...former].map(levelIdAt))];
  const ids: string[] = [];
  // A parcel gives back what was held elsewhere for it.
  for (const parcel of parcels) {
    const levelIds = new Set([...parcel.lines.map(levelIdAt), ...held]);
    for (const levelId of levelIds) ids.push(derivedId('mov', tenantId, parcel.id, levelId));
  }
  for (const { id: returnId, lines } of restocks) {
    for (const line of lines) ids.push(derivedId('mov', tenantId, returnId, levelIdAt(line)));
  }
  for (let number = request; number > 0 && ids.length < max; number -= 1) {
    for (const levelId of held) ids.push(derivedId('mov', tenantId, id, String(number), levelId));
  }
  return ids.slice(0, max);
}

/**
 * Of an adjustment's versions, the newest first: each that moved something has one, and each that changed its reason
 * another one.
 */
export function movementsOfAdjustment(adjustment: Pick<Adjustment, 'id' | 'tenantId' | 'version'>, max: number) {
  const ids: string[] = [];
  for (let version = adjustment.version; version > 0 && ids.length < max; version -= 1) {
    ids.push(movedId(adjustment, version), takenBackId(adjustment, version));
  }
  return ids.slice(0, max);
}

/** Of both legs of a transfer, or of its way back. */
export function movementsOfTransfer(transfer: Transfer): string[] {
  const { fromLocationId, toLocationId, lines } = transfer;
  return lines.flatMap(({ variantId }) => [
    movementIdOf(transfer, 'SHIPPED', { variantId, locationId: fromLocationId }),
    movementIdOf(transfer, 'RECEIVED', { variantId, locationId: toLocationId }),
    movementIdOf(transfer, 'CANCELLED', { variantId, locationId: fromLocationId }),
  ]);
}

/** Of a purchase order's receipts and their reversals. */
export function movementsOfReceipts(receipts: readonly Receipt[], max: number): string[] {
  const ids = receipts.flatMap((receipt) =>
    receipt.lines.flatMap(({ variantId }) => {
      const levelId = levelIdOf(receipt.tenantId, variantId, receipt.locationId);
      return [receiptMovementId(receipt, 1, levelId), receiptMovementId(receipt, -1, levelId)];
    }),
  );
  return ids.slice(0, max);
}

/** What a variant was created with. */
export function movementsOfVariant(tenantId: string, variantId: string): string[] {
  return [derivedId('mov', tenantId, 'initial_stock', variantId)];
}
