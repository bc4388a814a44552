// The HTTP contract of returns: what is to come back of an order, and what has.
import { z } from 'zod';
import { lineCountMax } from '../bounds.ts';
import { idField, idParams, quantityField, timeField, totalField } from '../fields.ts';
import { defineApi, list } from '../operation.ts';
import { textField } from '../text.ts';
import { paidField } from './payments-http.ts';
import { returnConditions, returnStatuses } from './states.ts';

export const returnAnswer = z
  .object({
    id: z.string(),
    orderId: z.string(),
    customerId: z.string().nullable(),
    status: z.enum(returnStatuses),
    lines: z.array(
      z.object({
        variantId: z.string(),
        quantity: z.int().describe('What was asked for.'),
        reason: z.string().optional(),
        approved: z.int().optional().describe('How many may come back; there once it is approved.'),
        received: z.int().optional().describe('How many came back; there once it is received.'),
      }),
    ),
    received: z
      .array(
        z.object({
          variantId: z.string(),
          locationId: z.string(),
          quantity: z.int(),
          condition: z.enum(returnConditions),
          restock: z.boolean(),
        }),
      )
      .optional()
      .describe('What came back, also of what was not asked for: where to, how, and whether it is on hand again.'),
    declineReason: z.string().optional(),
    refund: totalField.optional(),
    requestedBy: z.string(),
    requestedAt: timeField,
    approvedBy: z.string().optional(),
    approvedAt: timeField.optional(),
    declinedBy: z.string().optional(),
    declinedAt: timeField.optional(),
    receivedBy: z.string().optional(),
    receivedAt: timeField.optional(),
    closedBy: z.string().optional(),
    closedAt: timeField.optional(),
    version: z.int(),
  })
  .meta({ id: 'Return' });

type Lines = readonly { variantId: string }[];
const isEachOnce = (lines: Lines) => new Set(lines.map(({ variantId }) => variantId)).size === lines.length;
const onceEach = 'names a variant twice';
const variantId = idField;
const quantity = quantityField;

const step = {
  method: 'POST',
  access: ['returns:write'],
  idempotencyKey: 'optional',
  params: idParams,
  statuses: [200],
  answer: returnAnswer,
} as const;
const ofOrder = { path: '/v1/orders/:id/returns', params: idParams } as const;

export const returnsApi = defineApi('orders', 'Orders', {
  requestReturn: {
    ...ofOrder,
    method: 'POST',
    summary: 'Ask to send units of an order back',
    description:
      "Customers within the business's `returnWindowDays` after delivery, of what has arrived; staff of whatever has left. Never more than has left, less what came back or is on its way in other returns: 409 `over_return`.",
    access: ['returns:write', 'returns:request:own'],
    idempotencyKey: 'optional',
    body: z.strictObject({
      lines: z
        .array(z.strictObject({ variantId, quantity, reason: textField({ max: 500 }).optional() }))
        .min(1)
        .max(lineCountMax)
        .refine(isEachOnce, onceEach),
    }),
    statuses: [201],
    answer: returnAnswer,
    errors: [
      'illegal_transition',
      'order_archived',
      'return_window_closed',
      'unknown_line',
      'over_return',
      'too_many_returns',
      'idempotency_key_reused',
    ],
    example: { lines: [{ variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa', quantity: 1, reason: 'too small' }] },
  },
  listReturnsOfOrder: list({
    ...ofOrder,
    summary: 'The returns of an order, oldest first',
    access: ['orders:read', 'orders:read:own'],
    item: returnAnswer,
  }),
  listReturns: list({
    path: '/v1/returns',
    summary: 'Returns, newest first',
    description: 'Customers see those of their own orders.',
    access: ['orders:read', 'orders:read:own'],
    filters: {
      status: z.enum(returnStatuses).optional(),
      orderId: idField.optional(),
      customerId: idField.optional(),
    },
    item: returnAnswer,
  }),
  readReturn: {
    method: 'GET',
    path: '/v1/returns/:id',
    summary: 'One return',
    access: ['orders:read', 'orders:read:own'],
    params: idParams,
    statuses: [200],
    answer: returnAnswer,
  },
  approveReturn: {
    ...step,
    path: '/v1/returns/:id/approve',
    summary: 'Take units back',
    description: 'Without `lines` all that was asked for; with them, what they leave out is not taken back.',
    body: z
      .strictObject({
        lines: z
          .array(z.strictObject({ variantId, quantity }))
          .min(1)
          .max(lineCountMax)
          .refine(isEachOnce, onceEach)
          .optional(),
      })
      .optional(),
    errors: ['illegal_transition', 'order_archived', 'unknown_line', 'over_return', 'idempotency_key_reused'],
    example: { lines: [{ variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa', quantity: 1 }] },
  },
  declineReturn: {
    ...step,
    path: '/v1/returns/:id/decline',
    summary: 'Take nothing of it back',
    description: 'The reason is shown to the customer.',
    body: z.strictObject({ reason: textField({ max: 500 }).optional() }).optional(),
    errors: ['illegal_transition', 'order_archived', 'idempotency_key_reused'],
    example: { reason: 'It was worn.' },
  },
  receiveReturn: {
    ...step,
    path: '/v1/returns/:id/receive',
    summary: 'Note what came back',
    description:
      'Once, of a return that is APPROVED. It may be more than was approved, or another variant of the order, but never more than has left, less what came back or is on its way in other returns. What is restocked is on hand a moment later at `locationId`, by default where the variant was shipped from first.',
    body: z.strictObject({
      lines: z
        .array(
          z.strictObject({
            variantId,
            quantity,
            condition: z.enum(returnConditions),
            restock: z.boolean(),
            locationId: idField.optional(),
          }),
        )
        .min(1)
        .max(lineCountMax)
        .describe('Several of one variant, where they differ in condition or place.'),
    }),
    errors: [
      'illegal_transition',
      'order_archived',
      'unknown_line',
      'unknown_location',
      'over_return',
      'too_many_returns',
      'idempotency_key_reused',
    ],
    example: {
      lines: [{ variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa', quantity: 1, condition: 'new', restock: true }],
    },
  },
  closeReturn: {
    ...step,
    path: '/v1/returns/:id/close',
    summary: 'End a return',
    description:
      'Of one that was received, or of which nothing ever came. A refund is recorded with it, as `POST /v1/orders/{id}/payments/refunds` does: at most what was captured and not refunded. It lowers what the order costs, so that what is due back for another reason stays due.',
    body: z.strictObject({ refund: paidField.optional() }).optional(),
    errors: [
      'illegal_transition',
      'order_archived',
      'refund_too_large',
      'wrong_currency',
      'too_many_payments',
      'idempotency_key_reused',
    ],
    example: { refund: { amount: 100, currency: 'EUR' } },
  },
});
