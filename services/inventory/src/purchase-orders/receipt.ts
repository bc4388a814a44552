// A receipt: one delivery on a purchase order, what of it was accepted, and what it cost. Pure.
// Invariants: of a line never more comes than was ordered and the tolerance over it, over all receipts together; what a
// receipt has added, its reversal takes away.
import { receiptsMax } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { Money } from '@holdfast/shared/values';
import type { DocumentKind } from '../stock/stock-documents.ts';
import {
  type PurchaseOrder,
  type PurchaseOrderLine,
  type PurchaseOrderStatus,
  refuseTransition,
} from './purchase-order.ts';

export type ReceiptLine = {
  variantId: string;
  /** Accepted. */
  quantity: number;
  rejectedQuantity: number;
  rejectReason?: string | undefined;
  /** Actual. */
  unitCost: Money;
  /** What the accepted units cost more than expected, in minor units; negative when less. */
  variance: number;
};
/** What the answer told of the purchase order; a repeated request is told it again. */
export type AnsweredOrder = Pick<PurchaseOrder, 'status' | 'lines' | 'version' | 'updatedAt'>;
export type Receipt = {
  id: string;
  tenantId: string;
  purchaseOrderId: string;
  /** Where it has arrived. */
  locationId: string;
  status: 'RECEIVED' | 'REVERSED';
  lines: readonly ReceiptLine[];
  receivedBy: string;
  createdAt: Date;
  reversedBy?: string | undefined;
  reversedAt?: Date | undefined;
  version: number;
  creation: { requestHash: string };
  answered: AnsweredOrder;
  reversal?: { id: string; requestHash?: string | undefined; answered: AnsweredOrder } | undefined;
};

/** The documents that commands on stock decide on. */
export const receiptKind: DocumentKind<Receipt> = { name: 'receipts' };

export type DeliveredLine = {
  variantId: string;
  quantity: number;
  rejectedQuantity?: number | undefined;
  rejectReason?: string | undefined;
  unitCost?: Money | undefined;
};
export type Tolerances = { overReceiptPercent: number; variancePercent: number };

/** What may come of a line in all. */
function mostOf({ quantity }: PurchaseOrderLine, { overReceiptPercent }: Tolerances): number {
  return quantity + Math.floor((quantity * overReceiptPercent) / 100);
}

/**
 * The lines of a receipt. Throws `illegal_transition`, `not_ordered`, `over_receipt` with what can still come of each
 * line, `mixed_currencies`, `too_many_receipts`.
 */
export function receiveLines(
  order: PurchaseOrder,
  delivered: readonly DeliveredLine[],
  tolerances: Tolerances,
): ReceiptLine[] {
  if (order.status !== 'CONFIRMED' && order.status !== 'PARTIALLY_RECEIVED') refuseTransition(order, 'received');
  if (order.receiptCount >= receiptsMax) throw new DomainError('too_many_receipts');
  const ordered = new Map(order.lines.map((line) => [line.variantId, line]));
  const strange = delivered.filter(({ variantId }) => !ordered.has(variantId)).map(({ variantId }) => variantId);
  if (strange.length > 0) throw new DomainError('not_ordered', { extra: { variantIds: strange } });
  if (delivered.some(({ unitCost }) => unitCost !== undefined && unitCost.currency !== order.currency)) {
    throw new DomainError('mixed_currencies', { detail: `The costs of this supplier are in ${order.currency}.` });
  }
  const tooMuch = delivered.flatMap(({ variantId, quantity, rejectedQuantity = 0 }) => {
    const line = ordered.get(variantId)!;
    const remaining = Math.max(0, mostOf(line, tolerances) - line.received - line.rejected);
    return quantity + rejectedQuantity > remaining ? [{ variantId, remaining }] : [];
  });
  if (tooMuch.length > 0) throw new DomainError('over_receipt', { extra: { lines: tooMuch } });
  return delivered.map(({ variantId, quantity, rejectedQuantity = 0, rejectReason, unitCost }) => {
    const expected = ordered.get(variantId)!.unitCost;
    const actual = unitCost ?? expected;
    const variance = (actual.amount - expected.amount) * quantity;
    if (!Number.isSafeInteger(variance) || !Number.isSafeInteger(actual.amount * quantity)) {
      throw new DomainError('total_too_large');
    }
    const line = { variantId, quantity, rejectedQuantity, unitCost: actual, variance };
    return rejectReason === undefined ? line : { ...line, rejectReason };
  });
}

/** The order's lines after a receipt, or without one that is taken back. */
export function countLines(
  lines: readonly PurchaseOrderLine[],
  received: readonly ReceiptLine[],
  sign: 1 | -1,
): PurchaseOrderLine[] {
  const byVariant = new Map(received.map((line) => [line.variantId, line]));
  return lines.map((line) => {
    const one = byVariant.get(line.variantId);
    if (one === undefined) return line;
    return {
      ...line,
      received: line.received + sign * one.quantity,
      rejected: line.rejected + sign * one.rejectedQuantity,
      receivedCost: line.receivedCost + sign * one.quantity * one.unitCost.amount,
    };
  });
}

/** The status that follows from what has come. */
export function statusFrom(lines: readonly PurchaseOrderLine[]): PurchaseOrderStatus {
  const came = ({ received, rejected }: PurchaseOrderLine) => received + rejected;
  if (lines.every((line) => came(line) >= line.quantity)) return 'RECEIVED';
  return lines.some((line) => came(line) > 0) ? 'PARTIALLY_RECEIVED' : 'CONFIRMED';
}

/** Lines whose cost differs from what was expected by more than the tolerance. */
export function strayingLines(
  lines: readonly ReceiptLine[],
  order: Pick<PurchaseOrder, 'lines'>,
  { variancePercent }: Tolerances,
): ReceiptLine[] {
  const expected = new Map(order.lines.map(({ variantId, unitCost }) => [variantId, unitCost.amount]));
  return lines.filter(({ variantId, unitCost, quantity }) => {
    const before = expected.get(variantId)!;
    return quantity > 0 && Math.abs(unitCost.amount - before) * 100 > before * variancePercent;
  });
}
