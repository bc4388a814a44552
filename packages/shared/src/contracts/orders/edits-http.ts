// The HTTP contract of changing an order before it ships.
import { z } from 'zod';
import { chargeCountMax, lineCountMax, sentLineCountMax } from '../bounds.ts';
import { addressPatch, chargeField, idField, idParams, metadataField, noteField, quantityField } from '../fields.ts';
import { defineApi } from '../operation.ts';
import { orderAnswer } from './http.ts';

export const editsApi = defineApi('orders', 'Orders', {
  editOrder: {
    method: 'PATCH',
    path: '/v1/orders/:id',
    summary: 'Change an order before it ships (merge patch)',
    description: `Lines and charges: while it is AWAITING_PAYMENT or CONFIRMED. The address: also of what is not shipped yet of a PARTIALLY_SHIPPED order. Note and metadata: always. Lines that the order has keep their price; others are sold at the price of now. Other quantities are applied once inventory has agreed, with all else that was sent: the request waits for that as placing does, 202 while it is undecided; refused it is 409 \`insufficient_stock\` and the order as it was. Until then every other edit is 409 \`change_pending\`. A confirmed order stays confirmed when it costs more than was paid: the difference is for the business to collect.`,
    access: ['orders:update'],
    params: idParams,
    body: z.strictObject({
      lines: z
        .array(z.strictObject({ variantId: idField, quantity: quantityField }))
        .min(1)
        .max(sentLineCountMax)
        .optional()
        .describe(`The whole new list, at most ${lineCountMax} variants after merging.`),
      charges: z
        .array(chargeField)
        .max(chargeCountMax)
        .nullable()
        .optional()
        .describe('The whole new list; null or an empty one removes all.'),
      shippingAddress: addressPatch.nullable().optional().describe('Merged field by field; null removes it.'),
      note: noteField.nullable().optional(),
      metadata: metadataField.nullable().optional().describe('Merged key by key; null removes a key.'),
    }),
    statuses: [200, 202],
    answer: orderAnswer,
    errors: [
      'stale_version',
      'order_archived',
      'change_pending',
      'illegal_transition',
      'insufficient_stock',
      'order_cancelled',
      'price_unknown',
      'unknown_variant',
      'variant_not_for_sale',
      'mixed_currencies',
      'total_too_large',
      'total_negative',
      'too_many_metadata_keys',
      'incomplete_address',
    ],
    example: {
      lines: [{ variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa', quantity: 2 }],
      note: 'Leave it with the neighbours',
    },
  },
});
