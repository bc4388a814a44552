// The HTTP contract of fulfilments: the parcels in which an order leaves.
import { z } from 'zod';
import { lineCountMax, sentLineCountMax } from '../bounds.ts';
import { idField, idParams, quantityField, timeField } from '../fields.ts';
import { defineApi, list } from '../operation.ts';
import { textField } from '../text.ts';
import { allocationAnswer, orderAnswer } from './http.ts';
import { fulfilmentStatuses } from './states.ts';

export const fulfilmentAnswer = z
  .object({
    id: z.string(),
    orderId: z.string(),
    status: z.enum(fulfilmentStatuses),
    lines: z.array(allocationAnswer).describe('What left, and from where: one per variant and location.'),
    carrier: z.string().optional(),
    trackingNumber: z.string().optional(),
    shippedBy: z.string(),
    shippedAt: timeField,
    deliveredBy: z.string().optional(),
    deliveredAt: timeField.optional(),
    version: z.int(),
  })
  .meta({ id: 'Fulfilment' });

const carrierField = textField({ max: 100 });
const trackingNumberField = textField({ max: 100 });
const parcelParams = z.strictObject({ id: idField, fulfilmentId: idField });
const variantCount = (lines: readonly { variantId: string }[]) => new Set(lines.map((line) => line.variantId)).size;

export const fulfilmentsApi = defineApi('orders', 'Orders', {
  shipOrder: {
    method: 'POST',
    path: '/v1/orders/:id/fulfilments',
    summary: 'Ship an order, or a part of it',
    description:
      'One parcel. Without `lines` it holds all that is outstanding, with `locationId` only what is reserved there; without `locationId` it may come from several locations, which its lines name. What left is on hand and reserved no more a moment later. Refused with 409 `over_shipment` beyond what is outstanding, and with 409 `change_pending` while the order waits for its stock.',
    access: ['orders:ship'],
    idempotencyKey: 'optional',
    params: idParams,
    body: z
      .strictObject({
        lines: z
          .array(z.strictObject({ variantId: idField, quantity: quantityField }))
          .min(1)
          .max(sentLineCountMax)
          .refine((lines) => variantCount(lines) <= lineCountMax, `has more than ${lineCountMax} variants`)
          .optional()
          .describe('Lines of one variant are added up.'),
        locationId: idField.optional(),
        carrier: carrierField.optional(),
        trackingNumber: trackingNumberField.optional(),
      })
      .optional(),
    statuses: [201],
    answer: fulfilmentAnswer,
    errors: [
      'illegal_transition',
      'order_archived',
      'change_pending',
      'unknown_line',
      'over_shipment',
      'too_many_parcels',
      'idempotency_key_reused',
    ],
    example: {
      lines: [{ variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa', quantity: 1 }],
      carrier: 'DHL',
      trackingNumber: '00340434161094021501',
    },
  },
  listFulfilments: list({
    path: '/v1/orders/:id/fulfilments',
    summary: 'The parcels of an order, in the order in which they left',
    access: ['orders:read', 'orders:read:own'],
    params: idParams,
    item: fulfilmentAnswer,
  }),
  readFulfilment: {
    method: 'GET',
    path: '/v1/orders/:id/fulfilments/:fulfilmentId',
    summary: 'One parcel',
    access: ['orders:read', 'orders:read:own'],
    params: parcelParams,
    statuses: [200],
    answer: fulfilmentAnswer,
  },
  updateFulfilment: {
    method: 'PATCH',
    path: '/v1/orders/:id/fulfilments/:fulfilmentId',
    summary: 'Correct the carrier or the number of a parcel',
    description: 'Until it has arrived. null takes a field away.',
    access: ['orders:ship'],
    params: parcelParams,
    body: z.strictObject({
      carrier: carrierField.nullable().optional(),
      trackingNumber: trackingNumberField.nullable().optional(),
    }),
    statuses: [200],
    answer: fulfilmentAnswer,
    errors: ['illegal_transition', 'order_archived', 'stale_version'],
    example: { trackingNumber: '00340434161094021518' },
  },
  deliverFulfilment: {
    method: 'POST',
    path: '/v1/orders/:id/fulfilments/:fulfilmentId/deliver',
    summary: 'Note that a parcel has arrived',
    description: 'The order is DELIVERED once nothing of it is outstanding and all of its parcels have arrived.',
    access: ['orders:ship'],
    idempotencyKey: 'optional',
    params: parcelParams,
    statuses: [200],
    answer: fulfilmentAnswer,
    errors: ['illegal_transition', 'order_archived', 'idempotency_key_reused'],
  },
  deliverOrder: {
    method: 'POST',
    path: '/v1/orders/:id/deliver',
    summary: 'Note that everything has arrived',
    description: 'Of an order of which nothing is outstanding: it is SHIPPED.',
    access: ['orders:ship'],
    idempotencyKey: 'optional',
    params: idParams,
    statuses: [200],
    answer: orderAnswer,
    errors: ['illegal_transition', 'order_archived', 'idempotency_key_reused'],
  },
});
