// The HTTP contract of purchase orders and of what is received on them.
import { z } from 'zod';
import { lineCountMax, lineQuantityMax, receiptsMax } from '../bounds.ts';
import {
  idField,
  idParams,
  moneyAnswer,
  moneyField,
  noteField,
  quantityField,
  timeField,
  totalField,
} from '../fields.ts';
import { defineApi, list } from '../operation.ts';
import { textField } from '../text.ts';

export const purchaseOrderStatuses = [
  'DRAFT',
  'SENT',
  'CONFIRMED',
  'PARTIALLY_RECEIVED',
  'RECEIVED',
  'CLOSED',
  'CANCELLED',
] as const;

const lineAnswer = z.object({
  variantId: z.string(),
  quantity: z.int().describe('Ordered.'),
  received: z.int().describe('Accepted, by all receipts that were not reversed.'),
  rejected: z.int(),
  open: z.int().describe('Still to come: ordered, less accepted and rejected; 0 once nothing more is expected.'),
  unitCost: moneyAnswer.describe('Expected.'),
  actualUnitCost: moneyAnswer
    .optional()
    .describe('What the accepted units cost on average, rounded to the minor unit; there once some are.'),
});
export const purchaseOrderAnswer = z
  .object({
    id: z.string(),
    number: z.string().describe('Per tenant, without gaps.'),
    supplierId: z.string(),
    locationId: z.string().describe('Where it is to arrive.'),
    expectedAt: timeField.optional(),
    note: z.string().optional(),
    status: z.enum(purchaseOrderStatuses),
    lines: z.array(lineAnswer),
    total: totalField.describe('Ordered quantities at their expected costs.'),
    createdBy: z.string(),
    createdAt: timeField,
    updatedAt: timeField,
    version: z.int(),
  })
  .meta({ id: 'PurchaseOrder' });

const purchaseTimelineEntry = z
  .object({
    id: z.string(),
    at: timeField,
    from: z.enum(purchaseOrderStatuses).nullable(),
    to: z.enum(purchaseOrderStatuses),
    actor: z.string().describe('A user id.'),
    reason: z.string().describe('`created`, `changed`, `sent` ...; of a receipt `received` or `receipt_reversed`.'),
    receiptId: z.string().optional(),
  })
  .meta({ id: 'PurchaseTimelineEntry' });

export const receiptAnswer = z
  .object({
    id: z.string(),
    purchaseOrderId: z.string(),
    status: z.enum(['RECEIVED', 'REVERSED']),
    lines: z.array(
      z.object({
        variantId: z.string(),
        quantity: z.int().describe('Accepted.'),
        rejectedQuantity: z.int(),
        rejectReason: z.string().optional(),
        unitCost: moneyAnswer.describe('Actual.'),
        variance: totalField.describe('What the accepted units cost more than expected; negative when less.'),
      }),
    ),
    variance: totalField.describe('Of all lines.'),
    receivedBy: z.string(),
    createdAt: timeField,
    reversedBy: z.string().optional(),
    reversedAt: timeField.optional(),
    version: z.int(),
  })
  .meta({ id: 'Receipt' });
const receiptWithOrder = z.object({ ...receiptAnswer.shape, purchaseOrder: purchaseOrderAnswer });

const line = z.strictObject({ variantId: idField, quantity: quantityField, unitCost: moneyField });
const isDistinct = (lines: readonly { variantId: string }[]) =>
  new Set(lines.map(({ variantId }) => variantId)).size === lines.length;
const distinct = 'names a variant twice';
const lines = z.array(line).min(1).max(lineCountMax).refine(isDistinct, distinct);

const receiptLine = z
  .strictObject({
    variantId: idField,
    quantity: z.int().min(0).max(lineQuantityMax).describe('Accepted: on hand from now on.'),
    rejectedQuantity: z.int().min(0).max(lineQuantityMax).optional().describe('Came, and is not taken.'),
    rejectReason: textField({ max: 200 }).optional(),
    unitCost: moneyField.optional().describe('What one cost; without it what was expected.'),
  })
  .refine(({ quantity, rejectedQuantity = 0 }) => quantity + rejectedQuantity > 0, 'accepts and rejects nothing');

const receiptParams = z.strictObject({ id: idField, receiptId: idField });

const step = {
  method: 'POST',
  access: ['purchase-orders:write'],
  idempotencyKey: 'optional',
  params: idParams,
  statuses: [200],
  answer: purchaseOrderAnswer,
} as const;
const stepErrors = ['illegal_transition', 'idempotency_key_reused'] as const;

export const purchasesApi = defineApi('inventory', 'Purchasing', {
  listPurchaseOrders: list({
    path: '/v1/purchase-orders',
    summary: 'Purchase orders, newest first',
    access: ['purchase-orders:read'],
    filters: { status: z.enum(purchaseOrderStatuses).optional(), supplierId: idField.optional() },
    item: purchaseOrderAnswer,
  }),
  createPurchaseOrder: {
    method: 'POST',
    path: '/v1/purchase-orders',
    summary: 'Draft a purchase order',
    description:
      'Costs are in the currency of the supplier. Without `locationId` it is to arrive at the main location.',
    access: ['purchase-orders:write'],
    idempotencyKey: 'optional',
    body: z.strictObject({
      supplierId: idField,
      locationId: idField.optional(),
      expectedAt: timeField.optional(),
      note: noteField.optional(),
      lines,
    }),
    statuses: [201],
    answer: purchaseOrderAnswer,
    errors: [
      'unknown_supplier',
      'unknown_location',
      'unknown_variant',
      'mixed_currencies',
      'total_too_large',
      'idempotency_key_reused',
    ],
    example: {
      supplierId: 'sup_aaaaaaaaaaaaaaaaaaaaaaaaaa',
      lines: [
        { variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa', quantity: 10, unitCost: { amount: 900, currency: 'EUR' } },
      ],
    },
  },
  readPurchaseOrder: {
    method: 'GET',
    path: '/v1/purchase-orders/:id',
    summary: 'One purchase order',
    access: ['purchase-orders:read'],
    params: idParams,
    statuses: [200],
    answer: purchaseOrderAnswer,
  },
  updatePurchaseOrder: {
    method: 'PATCH',
    path: '/v1/purchase-orders/:id',
    summary: 'Change a draft',
    description: '`lines` is the whole new list. null removes `expectedAt` or `note`.',
    access: ['purchase-orders:write'],
    params: idParams,
    body: z.strictObject({
      locationId: idField.optional(),
      expectedAt: timeField.nullable().optional(),
      note: noteField.nullable().optional(),
      lines: lines.optional(),
    }),
    statuses: [200],
    answer: purchaseOrderAnswer,
    errors: [
      'illegal_transition',
      'unknown_location',
      'unknown_variant',
      'mixed_currencies',
      'total_too_large',
      'stale_version',
    ],
    example: {
      note: 'deliver to gate 3',
      lines: [
        { variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa', quantity: 20, unitCost: { amount: 880, currency: 'EUR' } },
      ],
    },
  },
  readPurchaseOrderTimeline: {
    method: 'GET',
    path: '/v1/purchase-orders/:id/timeline',
    summary: 'Everything that happened to a purchase order: who, when, why',
    access: ['purchase-orders:read'],
    params: idParams,
    statuses: [200],
    answer: z.object({ data: z.array(purchaseTimelineEntry) }),
  },
  sendPurchaseOrder: {
    ...step,
    path: '/v1/purchase-orders/:id/send',
    summary: 'A draft went to the supplier',
    description: 'From now on its open units are `incoming`.',
    errors: [...stepErrors, 'unknown_supplier', 'unknown_location'],
  },
  confirmPurchaseOrder: {
    ...step,
    path: '/v1/purchase-orders/:id/confirm',
    summary: 'The supplier has agreed',
    errors: stepErrors,
  },
  cancelPurchaseOrder: {
    ...step,
    path: '/v1/purchase-orders/:id/cancel',
    summary: 'Call a purchase order off of which nothing has arrived',
    errors: stepErrors,
  },
  closePurchaseOrder: {
    ...step,
    path: '/v1/purchase-orders/:id/close',
    summary: 'Accept a short delivery',
    description: 'What is still open is expected no more: `incoming` drops at once.',
    errors: stepErrors,
  },
  listReceipts: list({
    path: '/v1/purchase-orders/:id/receipts',
    summary: 'What was received on a purchase order, newest first',
    access: ['purchase-orders:read'],
    params: idParams,
    item: receiptAnswer,
  }),
  createReceipt: {
    method: 'POST',
    path: '/v1/purchase-orders/:id/receipts',
    summary: 'Receive a delivery',
    description: `Lines, stock, movements and status change together. Of each line at most what was ordered and the tenant's tolerance over it can come, over all receipts together. At most ${receiptsMax} receipts.`,
    access: ['purchase-orders:receive'],
    idempotencyKey: 'required',
    params: idParams,
    body: z.strictObject({ lines: z.array(receiptLine).min(1).max(lineCountMax).refine(isDistinct, distinct) }),
    statuses: [201],
    answer: receiptWithOrder,
    errors: [
      'illegal_transition',
      'over_receipt',
      'not_ordered',
      'mixed_currencies',
      'unknown_location',
      'stock_out_of_range',
      'too_many_receipts',
      'idempotency_key_reused',
    ],
    example: { lines: [{ variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa', quantity: 6, rejectedQuantity: 1 }] },
  },
  reverseReceipt: {
    method: 'POST',
    path: '/v1/purchase-orders/:id/receipts/:receiptId/reverse',
    summary: 'Take a receipt back',
    description: 'The accepted units leave the location again. What is closed stays closed.',
    access: ['purchase-orders:receive'],
    idempotencyKey: 'optional',
    params: receiptParams,
    statuses: [200],
    answer: receiptWithOrder,
    errors: ['illegal_transition', 'would_break_reservations', 'insufficient_stock', 'idempotency_key_reused'],
  },
});
