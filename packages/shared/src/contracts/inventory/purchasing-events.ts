// Events of purchasing. They name quantities and costs, never a supplier's contact or a note.
import { z } from 'zod';
import { defineEvents } from '../event.ts';
import { totalField } from '../fields.ts';
import { purchaseOrderStatuses } from './purchases-http.ts';

const change = {
  purchaseOrderId: z.string(),
  number: z.string(),
  supplierId: z.string(),
  locationId: z.string(),
  status: z.enum(purchaseOrderStatuses),
  from: z.enum(purchaseOrderStatuses).nullable(),
};
const line = z.looseObject({
  variantId: z.string(),
  quantity: z.int().min(1),
  received: z.int().min(0),
  rejected: z.int().min(0),
  unitCost: totalField,
});
const full = z.looseObject({ ...change, lines: z.array(line), total: totalField });
const receipt = z.looseObject({
  ...change,
  receiptId: z.string(),
  lines: z.array(
    z.looseObject({
      variantId: z.string(),
      quantity: z.int().min(0),
      rejectedQuantity: z.int().min(0),
      unitCost: totalField,
      variance: totalField,
    }),
  ),
});

export const purchasingEvents = defineEvents('inventory', {
  purchaseOrderCreated: {
    name: 'purchase_order.created',
    summary: 'A purchase order was drafted.',
    data: full,
  },
  purchaseOrderUpdated: {
    name: 'purchase_order.updated',
    summary: 'A draft was changed.',
    data: full,
  },
  purchaseOrderSent: {
    name: 'purchase_order.sent',
    summary: 'It went to the supplier: its units are incoming.',
    data: full,
  },
  purchaseOrderConfirmed: {
    name: 'purchase_order.confirmed',
    summary: 'The supplier has agreed.',
    data: full,
  },
  purchaseOrderPartiallyReceived: {
    name: 'purchase_order.partially_received',
    summary: 'A delivery has come, and more is to come.',
    data: receipt,
  },
  purchaseOrderReceived: {
    name: 'purchase_order.received',
    summary: 'A delivery has come, and nothing more is to come.',
    data: receipt,
  },
  purchaseOrderReceiptReversed: {
    name: 'purchase_order.receipt_reversed',
    summary: 'A receipt was taken back.',
    data: receipt,
  },
  purchaseOrderVarianceDetected: {
    name: 'purchase_order.variance_detected',
    summary: 'A line cost more or less than expected, by more than the tolerance of the tenant.',
    data: receipt,
  },
  purchaseOrderClosed: {
    name: 'purchase_order.closed',
    summary: 'A short delivery was accepted: nothing more is to come.',
    data: full,
  },
  purchaseOrderCancelled: {
    name: 'purchase_order.cancelled',
    summary: 'It was called off before anything came.',
    data: full,
  },
  purchaseOrderSnapshot: {
    name: 'purchase_order.snapshot',
    summary: 'Full state of a purchase order, re-emitted for resync.',
    data: full,
  },
});
export const { purchaseOrderCreated, purchaseOrderUpdated, purchaseOrderSent, purchaseOrderConfirmed } =
  purchasingEvents;
export const { purchaseOrderPartiallyReceived, purchaseOrderReceived, purchaseOrderReceiptReversed } = purchasingEvents;
export const { purchaseOrderVarianceDetected, purchaseOrderClosed, purchaseOrderCancelled } = purchasingEvents;
export const { purchaseOrderSnapshot } = purchasingEvents;
