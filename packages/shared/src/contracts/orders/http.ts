// The HTTP contract of orders.
import { z } from 'zod';
import {
  chargeCountMax,
  decisionWaitSeconds,
  lineCountMax,
  preferWaitSecondsMax,
  sentLineCountMax,
} from '../bounds.ts';
import {
  addressAnswer,
  addressField,
  chargeAnswer,
  chargeField,
  expectedTotalField,
  idField,
  idParams,
  metadataAnswer,
  metadataField,
  moneyAnswer,
  noteField,
  quantityField,
  timeField,
  totalField,
} from '../fields.ts';
import { defineApi, list } from '../operation.ts';
import { textField } from '../text.ts';
import { orderPaymentAnswer } from './payment-answers.ts';
import { orderStatuses } from './states.ts';

export const allocationAnswer = z.object({ variantId: z.string(), locationId: z.string(), quantity: z.int() });
export const shortageAnswer = z.object({ variantId: z.string(), requested: z.int(), available: z.int() });
const lineAnswer = z.object({
  variantId: z.string(),
  sku: z.string(),
  name: z.string(),
  quantity: z.int(),
  unitPrice: moneyAnswer,
  total: totalField.describe('Without what was cancelled.'),
  cancelled: z.int().optional().describe('Given up after other parts of the order had left.'),
  shipped: z.int().optional().describe('Has left; absent before anything has.'),
  returned: z.int().optional().describe('Came back; absent before anything has left.'),
});

export const orderAnswer = z
  .object({
    id: z.string(),
    number: z.string().optional().describe('`#1001`, unique in the business, with gaps. Early orders have none.'),
    status: z.enum(orderStatuses),
    customerId: z.string().nullable(),
    placedBy: z.string(),
    lines: z.array(lineAnswer),
    total: totalField,
    allocations: z.array(allocationAnswer),
    shortages: z.array(shortageAnswer).optional(),
    cancelReason: z.string().optional(),
    payment: orderPaymentAnswer,
    shippingAddress: addressAnswer.optional(),
    note: z.string().optional(),
    metadata: metadataAnswer.optional(),
    charges: z.array(chargeAnswer).optional().describe('Part of the total.'),
    pendingEdit: z
      .object({ lines: z.array(lineAnswer), total: totalField })
      .optional()
      .describe('What it becomes once inventory agrees.'),
    isArchived: z.boolean().optional().describe('True of one that is archived, else absent.'),
    version: z.int(),
    createdAt: timeField,
    updatedAt: timeField,
  })
  .meta({ id: 'Order' });

export const timelineEntryAnswer = z
  .object({
    id: z.string(),
    at: timeField,
    from: z.enum(orderStatuses).nullable(),
    to: z.enum(orderStatuses),
    actor: z.string().describe('A user id, or `system`.'),
    reason: z.string(),
    event: z
      .string()
      .optional()
      .describe('What happened, as its event is called; absent in entries of early releases.'),
  })
  .meta({ id: 'TimelineEntry' });

export const ordersApi = defineApi('orders', 'Orders', {
  placeOrder: {
    method: 'POST',
    path: '/v1/orders',
    summary: 'Place an order',
    description: `All lines are reserved or none. Lines of one variant are merged. Waits for the decision for ${decisionWaitSeconds} s; \`Prefer: wait=n\` (at most ${preferWaitSecondsMax}) or \`respond-async\` changes that. Undecided: 202 with Location.`,
    access: ['orders:create', 'orders:create:own'],
    idempotencyKey: 'required',
    body: z.strictObject({
      lines: z
        .array(z.strictObject({ variantId: idField, quantity: quantityField }))
        .min(1)
        .max(sentLineCountMax)
        .describe(`At most ${lineCountMax} variants after merging.`),
      customerId: idField.optional().describe('Staff: on behalf of this customer.'),
      shippingAddress: addressField.optional(),
      note: noteField.optional(),
      metadata: metadataField.optional(),
      charges: z.array(chargeField).max(chargeCountMax).optional().describe('Staff and API keys; 403 for customers.'),
      expectedTotal: expectedTotalField.optional(),
    }),
    statuses: [201, 202],
    answer: orderAnswer,
    errors: [
      'insufficient_stock',
      'price_changed',
      'price_unknown',
      'order_cancelled',
      'unknown_variant',
      'variant_not_for_sale',
      'unknown_customer',
      'mixed_currencies',
      'total_too_large',
      'total_negative',
      'idempotency_key_reused',
    ],
    example: { lines: [{ variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa', quantity: 2 }] },
  },
  listOrders: list({
    path: '/v1/orders',
    summary: 'Orders, newest first',
    description: 'Customers see their own. Archived ones are left out unless `archived=true`.',
    access: ['orders:read', 'orders:read:own'],
    filters: {
      status: z.enum(orderStatuses).optional(),
      customerId: idField.optional(),
      variantId: idField.optional().describe('Orders with a line of it.'),
      q: textField({ max: 200 }).optional().describe('The number of an order, with or without its `#`.'),
      archived: z.enum(['true', 'false']).optional().describe('`true`: archived ones, too.'),
      from: timeField.optional(),
      to: timeField.optional(),
    },
    item: orderAnswer,
  }),
  readOrder: {
    method: 'GET',
    path: '/v1/orders/:id',
    summary: 'One order',
    description: 'Honours `Prefer: wait=n` until it is decided.',
    access: ['orders:read', 'orders:read:own'],
    params: idParams,
    statuses: [200],
    answer: orderAnswer,
  },
  readTimeline: {
    method: 'GET',
    path: '/v1/orders/:id/timeline',
    summary: 'Every transition of an order: who, when, why',
    access: ['orders:read', 'orders:read:own'],
    params: idParams,
    statuses: [200],
    answer: z.object({ data: z.array(timelineEntryAnswer) }),
  },
  cancelOrder: {
    method: 'POST',
    path: '/v1/orders/:id/cancel',
    summary: 'Cancel an order before it ships, or the rest of it',
    description:
      'The reserved stock is available again a moment later, and an edit that waits is given up. Of an order that is PARTIALLY_SHIPPED staff cancel what has not left: its total shrinks, and it is SHIPPED, or DELIVERED where all of its parcels have arrived.',
    access: ['orders:cancel', 'orders:cancel:own'],
    idempotencyKey: 'optional',
    params: idParams,
    body: z.strictObject({ reason: textField({ max: 200 }).optional() }).optional(),
    statuses: [200],
    answer: orderAnswer,
    errors: ['illegal_transition', 'order_archived', 'idempotency_key_reused'],
    example: { reason: 'changed my mind' },
  },
});
