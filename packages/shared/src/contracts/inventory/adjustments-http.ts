// The HTTP contract of adjustments: what somebody changes by hand about what is on hand.
import { z } from 'zod';
import { onHandMax } from '../bounds.ts';
import { idField, idParams, noteField, timeField } from '../fields.ts';
import { defineApi, list } from '../operation.ts';

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
/** WAITING: for orders to give back what it takes. REFUSED: they did not in time. */
export const adjustmentStatuses = ['APPLIED', 'WAITING', 'REFUSED', 'DELETED'] as const;

const forceText =
  'With the permission `stock:force`: orders that hold the stock are cancelled, the newest first. The change waits for them, for a minute at most.';

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
    status: z.enum(adjustmentStatuses),
    waiting: z
      .object({
        change: z.enum(['create', 'update', 'delete']),
        difference: z.int().describe('What is added to what is on hand when it is applied.'),
        orderIds: z.array(z.string()).describe('The orders that were asked to give stock back.'),
        until: timeField,
      })
      .optional()
      .describe('What waits, while the status is WAITING.'),
    onHandAfter: z.int().optional().describe('After its last movement; absent while nothing has moved.'),
    movementId: z.string().optional().describe('Its last movement.'),
    createdBy: z.string(),
    version: z.int(),
    createdAt: timeField,
    updatedAt: timeField,
  })
  .meta({ id: 'Adjustment' });

const deltaField = z
  .int()
  .min(-onHandMax)
  .max(onHandMax)
  .refine((delta) => delta !== 0, 'must not be 0');
const countField = z.int().min(0).max(onHandMax);
const forceField = z.boolean().optional().describe(forceText);

const createBody = z
  .strictObject({
    variantId: idField,
    locationId: idField.optional(),
    delta: deltaField.optional(),
    count: countField.optional(),
    expectedOnHand: countField.optional(),
    reason: z.enum(adjustmentReasons),
    note: noteField.optional(),
    force: forceField,
  })
  .refine((body) => (body.delta === undefined) !== (body.count === undefined), {
    error: 'needs either `delta` or `count`',
    path: ['delta'],
  })
  .refine((body) => (body.count === undefined) === (body.expectedOnHand === undefined), {
    error: '`count` and `expectedOnHand` go together',
    path: ['expectedOnHand'],
  });

const updateBody = z
  .strictObject({
    delta: deltaField.optional(),
    count: countField.optional(),
    reason: z.enum(adjustmentReasons).optional(),
    note: noteField.nullable().optional(),
    force: forceField,
  })
  .refine((body) => body.delta === undefined || body.count === undefined, {
    error: 'takes `delta` or `count`, as it was created',
    path: ['delta'],
  });

const changeErrors = [
  'would_break_reservations',
  'stock_out_of_range',
  'unknown_location',
  'level_missing',
  'change_pending',
  'stale_version',
] as const;

export const adjustmentsApi = defineApi('inventory', 'Inventory', {
  createAdjustment: {
    method: 'POST',
    path: '/v1/adjustments',
    summary: 'Change what is on hand, by a delta or a count',
    description: `What would take reserved stock is refused; \`force\` stores it as WAITING instead and answers 202. ${forceText}`,
    access: ['stock:adjust'],
    idempotencyKey: 'required',
    body: createBody,
    statuses: [201, 202],
    answer: adjustmentAnswer,
    errors: [
      'unknown_variant',
      'unknown_location',
      'would_break_reservations',
      'count_is_stale',
      'stock_out_of_range',
      'level_missing',
      'idempotency_key_reused',
    ],
    example: { variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa', delta: 25, reason: 'received' },
  },
  listAdjustments: list({
    path: '/v1/adjustments',
    summary: 'Adjustments, newest first',
    description: 'Deleted ones are listed with their status.',
    access: ['stock:read'],
    filters: {
      variantId: idField.optional(),
      locationId: idField.optional(),
      status: z.enum(adjustmentStatuses).optional(),
    },
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
  updateAdjustment: {
    method: 'PATCH',
    path: '/v1/adjustments/:id',
    summary: 'Correct an adjustment',
    description:
      'Appends the difference to the ledger: the new `delta` less the old one, or the new `count` less the old one. With `force` the answer may be 202 and WAITING, as when one is created.',
    access: ['stock:adjust'],
    params: idParams,
    body: updateBody,
    statuses: [200, 202],
    answer: adjustmentAnswer,
    errors: [...changeErrors, 'adjustment_kind', 'adjustment_ended'],
    example: { delta: 20, note: 'five were counted twice' },
  },
  deleteAdjustment: {
    method: 'DELETE',
    path: '/v1/adjustments/:id',
    summary: 'Take an adjustment back',
    description:
      'Appends the inverse of what it moved. It stays readable, with the status DELETED. With `force` the answer may be 202 and WAITING, as when one is created.',
    access: ['stock:adjust'],
    params: idParams,
    query: z.strictObject({ force: z.enum(['true', 'false']).optional().describe(forceText) }),
    statuses: [200, 202],
    answer: adjustmentAnswer,
    errors: [...changeErrors, 'adjustment_ended'],
  },
});
