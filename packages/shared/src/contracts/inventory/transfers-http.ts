// The HTTP contract of transfers: stock that moves from one location to another, in two legs.
import { z } from 'zod';
import { lineCountMax, lineQuantityMax, sentLineCountMax } from '../bounds.ts';
import { idField, idParams, noteField, quantityField, timeField } from '../fields.ts';
import { defineApi, list } from '../operation.ts';

export const transferStatuses = ['DRAFT', 'SHIPPED', 'RECEIVED', 'CANCELLED'] as const;

const lineAnswer = z.object({
  variantId: z.string(),
  quantity: z.int(),
  received: z.int().optional().describe('What arrived; there once the transfer is RECEIVED.'),
  shortage: z.int().optional().describe('What was shipped and did not arrive.'),
});
export const transferAnswer = z
  .object({
    id: z.string(),
    fromLocationId: z.string(),
    toLocationId: z.string(),
    lines: z.array(lineAnswer),
    note: z.string().optional(),
    status: z.enum(transferStatuses),
    createdBy: z.string(),
    createdAt: timeField,
    shippedBy: z.string().optional(),
    shippedAt: timeField.optional(),
    receivedBy: z.string().optional(),
    receivedAt: timeField.optional(),
    cancelledBy: z.string().optional(),
    cancelledAt: timeField.optional(),
    version: z.int(),
  })
  .meta({ id: 'Transfer' });

const variantCount = (lines: readonly { variantId: string }[]) => new Set(lines.map((line) => line.variantId)).size;
const linesOf = <Quantity extends z.ZodType<number>>(quantity: Quantity) =>
  z
    .array(z.strictObject({ variantId: idField, quantity }))
    .min(1)
    .max(sentLineCountMax)
    .refine((lines) => variantCount(lines) <= lineCountMax, `has more than ${lineCountMax} variants`);

const transferBody = z
  .strictObject({
    fromLocationId: idField,
    toLocationId: idField,
    lines: linesOf(quantityField).describe('Lines of one variant are added up.'),
    note: noteField.optional(),
  })
  .refine((body) => body.fromLocationId !== body.toLocationId, {
    error: 'is where the stock comes from',
    path: ['toLocationId'],
  });

const step = {
  method: 'POST',
  access: ['stock:adjust'],
  idempotencyKey: 'optional',
  params: idParams,
  statuses: [200],
  answer: transferAnswer,
} as const;

export const transfersApi = defineApi('inventory', 'Inventory', {
  createTransfer: {
    method: 'POST',
    path: '/v1/transfers',
    summary: 'Plan to move stock to another location',
    description: 'Nothing moves or is set aside before it is shipped.',
    access: ['stock:adjust'],
    idempotencyKey: 'optional',
    body: transferBody,
    statuses: [201],
    answer: transferAnswer,
    errors: ['unknown_variant', 'unknown_location', 'stock_out_of_range', 'idempotency_key_reused'],
    example: {
      fromLocationId: 'loc_aaaaaaaaaaaaaaaaaaaaaaaaaa',
      toLocationId: 'loc_bbbbbbbbbbbbbbbbbbbbbbbbbb',
      lines: [{ variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa', quantity: 5 }],
    },
  },
  listTransfers: list({
    path: '/v1/transfers',
    summary: 'Transfers, newest first',
    access: ['stock:read'],
    filters: { status: z.enum(transferStatuses).optional() },
    item: transferAnswer,
  }),
  readTransfer: {
    method: 'GET',
    path: '/v1/transfers/:id',
    summary: 'One transfer',
    access: ['stock:read'],
    params: idParams,
    statuses: [200],
    answer: transferAnswer,
  },
  shipTransfer: {
    ...step,
    path: '/v1/transfers/:id/ship',
    summary: 'Take the stock from its location',
    description: 'What is on the way is available nowhere.',
    errors: [
      'illegal_transition',
      'insufficient_stock',
      'would_break_reservations',
      'unknown_location',
      'level_missing',
      'idempotency_key_reused',
    ],
  },
  receiveTransfer: {
    ...step,
    path: '/v1/transfers/:id/receive',
    summary: 'Put what arrived at its new location',
    description: 'Without `lines` everything arrived. With them, what they leave out did not: the rest is a shortage.',
    body: z.strictObject({ lines: linesOf(z.int().min(0).max(lineQuantityMax)).optional() }).optional(),
    errors: [
      'illegal_transition',
      'transfer_mismatch',
      'stock_out_of_range',
      'unknown_location',
      'level_missing',
      'idempotency_key_reused',
    ],
    example: { lines: [{ variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa', quantity: 4 }] },
  },
  cancelTransfer: {
    ...step,
    path: '/v1/transfers/:id/cancel',
    summary: 'Call a transfer off',
    description: 'What was shipped returns to where it came from.',
    errors: ['illegal_transition', 'stock_out_of_range', 'unknown_location', 'level_missing', 'idempotency_key_reused'],
  },
});
