// The events that a change of a purchase order publishes.
import {
  type DomainEvent,
  makeEvent,
  purchaseOrderCancelled,
  purchaseOrderClosed,
  purchaseOrderConfirmed,
  purchaseOrderCreated,
  purchaseOrderPartiallyReceived,
  purchaseOrderReceiptReversed,
  purchaseOrderReceived,
  purchaseOrderSent,
  purchaseOrderSnapshot,
  purchaseOrderUpdated,
  purchaseOrderVarianceDetected,
} from '@holdfast/shared/contracts';
import type { Stamp } from '@holdfast/shared/values';
import { numberOf, type PurchaseOrder, type Step } from './purchase-order.ts';
import type { Receipt, ReceiptLine } from './receipt.ts';

const ofSteps = {
  send: purchaseOrderSent,
  confirm: purchaseOrderConfirmed,
  cancel: purchaseOrderCancelled,
  close: purchaseOrderClosed,
} as const;

export function createdEvent(order: PurchaseOrder, stamp: Stamp): DomainEvent {
  return makeEvent(purchaseOrderCreated, order, stamp, fullOf(order, null));
}

export function updatedEvent(order: PurchaseOrder, stamp: Stamp): DomainEvent {
  return makeEvent(purchaseOrderUpdated, order, stamp, fullOf(order, order.status));
}

export function stepEvent(step: Step, before: PurchaseOrder, after: PurchaseOrder, stamp: Stamp): DomainEvent {
  return makeEvent(ofSteps[step], after, stamp, fullOf(after, before.status));
}

export function snapshotEvent(order: PurchaseOrder, stamp: Stamp): DomainEvent {
  return makeEvent(purchaseOrderSnapshot, order, stamp, fullOf(order, null));
}

/** What a receipt publishes; `straying` are its lines that cost more or less than is tolerated. */
export function receivedEvents(
  { before, after }: { before: PurchaseOrder; after: PurchaseOrder },
  receipt: Receipt,
  straying: readonly ReceiptLine[],
  stamp: Stamp,
): DomainEvent[] {
  const definition = after.status === 'RECEIVED' ? purchaseOrderReceived : purchaseOrderPartiallyReceived;
  const about = { ...changeOf(after, before.status), receiptId: receipt.id };
  const received = makeEvent(definition, after, stamp, { ...about, lines: receipt.lines.map(lineOf) });
  if (straying.length === 0) return [received];
  const detected = { ...about, lines: straying.map(lineOf) };
  return [received, makeEvent(purchaseOrderVarianceDetected, after, stamp, detected)];
}

export function reversedEvent(
  { before, after }: { before: PurchaseOrder; after: PurchaseOrder },
  receipt: Receipt,
  stamp: Stamp,
): DomainEvent {
  const about = { ...changeOf(after, before.status), receiptId: receipt.id };
  return makeEvent(purchaseOrderReceiptReversed, after, stamp, { ...about, lines: receipt.lines.map(lineOf) });
}

function changeOf(order: PurchaseOrder, from: PurchaseOrder['status'] | null) {
  const { id: purchaseOrderId, supplierId, locationId, status } = order;
  return { purchaseOrderId, number: numberOf(order), supplierId, locationId, status, from };
}

function fullOf(order: PurchaseOrder, from: PurchaseOrder['status'] | null) {
  const lines = order.lines.map(({ variantId, quantity, received, rejected, unitCost }) => {
    return { variantId, quantity, received, rejected, unitCost };
  });
  return { ...changeOf(order, from), lines, total: order.total };
}

function lineOf({ variantId, quantity, rejectedQuantity, unitCost, variance }: ReceiptLine) {
  return {
    variantId,
    quantity,
    rejectedQuantity,
    unitCost,
    variance: { amount: variance, currency: unitCost.currency },
  };
}
