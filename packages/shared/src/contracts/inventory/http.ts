// The HTTP contract of inventory: stock, the ledger, adjustments.
import { z } from 'zod';
import { customerAvailableMax, onHandMax } from '../bounds.ts';
import { idField, idParams, noteField, timeField } from '../fields.ts';
import { defineApi, list } from '../operation.ts';

export const movementKinds = [
  'receipt',
  'adjustment',
  'count',
  'transfer',
  'shipment',
  'return',
  'reservation',
  'release',
] as const;

const levelAnswer = z.object({
  locationId: z.string(),
  onHand: z.int(),
  reserved: z.int(),
  available: z.int(),
  version: z.int(),
});
export const stockAnswer = z
  .object({
    variantId: z.string(),
    onHand: z.int(),
    reserved: z.int(),
    available: z.int(),
    incoming: z.int().describe('On open purchase orders.'),
    reorderLevel: z.int(),
    reorderQuantity: z.int(),
    locations: z.array(levelAnswer),
    version: z.int(),
  })
  .meta({ id: 'Stock' });
export const availabilityAnswer = z
  .object({ variantId: z.string(), available: z.int().describe(`At most ${customerAvailableMax}.`) })
  .meta({ id: 'Availability' });

export const movementAnswer = z
  .object({
    id: z.string(),
    variantId: z.string(),
    locationId: z.string(),
    kind: z.enum(movementKinds),
    sequence: z.int().describe('Per stock level, without a gap.'),
    onHandDelta: z.int(),
    reservedDelta: z.int(),
    onHandAfter: z.int(),
    reservedAfter: z.int(),
    reason: z.string(),
    actor: z.string(),
    reference: z.object({ type: z.enum(['order', 'adjustment', 'variant']), id: z.string() }),
    createdAt: timeField,
  })
  .meta({ id: 'Movement' });

export const adjustmentReasons = [
  'received',
  'damaged',
  'lost',
  'found',
  'returned',
  'stocktake',
  'correction',
  'other',
] as const;
export const adjustmentAnswer = z
  .object({
    id: z.string(),
    variantId: z.string(),
    locationId: z.string(),
    delta: z.int(),
    count: z.int().optional(),
    expectedOnHand: z.int().optional(),
    reason: z.enum(adjustmentReasons),
    note: z.string().optional(),
    status: z.enum(['APPLIED']),
    onHandAfter: z.int(),
    movementId: z.string(),
    createdBy: z.string(),
    version: z.int(),
    createdAt: timeField,
  })
  .meta({ id: 'Adjustment' });

const adjustmentBody = z
  .strictObject({
    variantId: idField,
    locationId: idField.optional(),
    delta: z
      .int()
      .min(-onHandMax)
      .max(onHandMax)
      .refine((delta) => delta !== 0, 'must not be 0')
      .optional(),
    count: z.int().min(0).max(onHandMax).optional(),
    expectedOnHand: z.int().min(0).max(onHandMax).optional(),
    reason: z.enum(adjustmentReasons),
    note: noteField.optional(),
  })
  .refine((body) => (body.delta === undefined) !== (body.count === undefined), {
    error: 'needs either `delta` or `count`',
    path: ['delta'],
  })
  .refine((body) => (body.count === undefined) === (body.expectedOnHand === undefined), {
    error: '`count` and `expectedOnHand` go together',
    path: ['expectedOnHand'],
  });

export const inventoryApi = defineApi('inventory', 'Inventory', {
  listStock: list({
    path: '/v1/stock',
    summary: 'Stock of all variants, by variant id',
    access: ['stock:read'],
    filters: { variantId: idField.optional(), locationId: idField.optional() },
    item: stockAnswer,
  }),
  readStock: {
    method: 'GET',
    path: '/v1/stock/:variantId',
    summary: 'Stock of one variant',
    description: `Customers get \`variantId\` and \`available\` only, capped at ${customerAvailableMax}; what is not for sale is unknown to them.`,
    access: ['stock:read', 'stock:availability'],
    params: z.strictObject({ variantId: idField }),
    statuses: [200],
    answer: z.union([stockAnswer, availabilityAnswer]),
  },
  listMovements: list({
    path: '/v1/movements',
    summary: 'The ledger, newest first',
    description: 'Movements are never edited or deleted. With `variantId` they come by sequence.',
    access: ['stock:read'],
    filters: {
      variantId: idField.optional(),
      kind: z.enum(movementKinds).optional(),
      from: timeField.optional(),
      to: timeField.optional(),
    },
    item: movementAnswer,
  }),
  createAdjustment: {
    method: 'POST',
    path: '/v1/adjustments',
    summary: 'Change what is on hand, by a delta or a count',
    access: ['stock:adjust'],
    idempotencyKey: 'required',
    body: adjustmentBody,
    statuses: [201],
    answer: adjustmentAnswer,
    errors: [
      'unknown_variant',
      'unknown_location',
      'would_break_reservations',
      'count_is_stale',
      'stock_out_of_range',
      'idempotency_key_reused',
    ],
    example: { variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa', delta: 25, reason: 'received' },
  },
  listAdjustments: list({
    path: '/v1/adjustments',
    summary: 'Adjustments, newest first',
    access: ['stock:read'],
    filters: { variantId: idField.optional() },
    item: adjustmentAnswer,
  }),
  readAdjustment: {
    method: 'GET',
    path: '/v1/adjustments/:id',
    summary: 'One adjustment',
    access: ['stock:read'],
    params: idParams,
    statuses: [200],
    answer: adjustmentAnswer,
  },
});
