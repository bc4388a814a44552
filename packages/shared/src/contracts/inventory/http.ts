// The HTTP contract of inventory: stock and the ledger.
import { z } from 'zod';
import { customerAvailableMax, onHandMax } from '../bounds.ts';
import { idField, moneyAnswer, timeField } from '../fields.ts';
import { defineApi, list } from '../operation.ts';

/** What merchants call movements: each stands for kinds and reasons of the ledger. */
export const merchantKinds = ['PURCHASE', 'SALE', 'ADJUSTMENT', 'RETURN'] as const;
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
  incoming: z.int(),
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
    averageCost: moneyAnswer.optional().describe('Of a unit, over all receipts; there once one was received.'),
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
    reference: z.object({
      type: z.enum(['order', 'adjustment', 'variant', 'transfer', 'reconciliation', 'purchase_order']),
      id: z.string(),
    }),
    createdAt: timeField,
  })
  .meta({ id: 'Movement' });

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
  updateStock: {
    method: 'PATCH',
    path: '/v1/stock/:variantId',
    summary: 'Set when and how much to reorder',
    description: 'Both are of the variant, and compared with the sum over its locations.',
    access: ['stock:adjust'],
    params: z.strictObject({ variantId: idField }),
    body: z.strictObject({
      reorderLevel: z.int().min(0).max(onHandMax).optional(),
      reorderQuantity: z.int().min(0).max(onHandMax).optional(),
    }),
    statuses: [200],
    answer: stockAnswer,
    errors: ['stale_version'],
    example: { reorderLevel: 5, reorderQuantity: 20 },
  },
  listMovements: list({
    path: '/v1/movements',
    summary: 'The ledger, newest first',
    description:
      "Movements are never edited or deleted. With `variantId` those of a location come by sequence. `kind` also takes PURCHASE, SALE, ADJUSTMENT and RETURN, as merchants call them (docs/ledger.md). `referenceId` (an order's, adjustment's, transfer's, purchase order's or variant's id) finds all that it moved; of the other filters only `from` and `to` go with it. What a reconciliation has repaired is found by `reason=reconciliation`.",
    access: ['stock:read'],
    filters: {
      variantId: idField.optional(),
      locationId: idField.optional(),
      kind: z.enum([...movementKinds, ...merchantKinds]).optional(),
      reason: z.string().min(1).max(64).optional(),
      referenceId: idField.optional(),
      from: timeField.optional(),
      to: timeField.optional(),
    },
    item: movementAnswer,
  }),
});
