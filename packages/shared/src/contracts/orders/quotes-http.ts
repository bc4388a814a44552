// The HTTP contract of quotes: what an order would cost and whether it could be served, now.
import { z } from 'zod';
import { chargeCountMax, customerAvailableMax, lineCountMax, sentLineCountMax } from '../bounds.ts';
import { chargeAnswer, chargeField, idField, moneyAnswer, quantityField, timeField, totalField } from '../fields.ts';
import { defineApi } from '../operation.ts';

export const quoteAnswer = z
  .object({
    lines: z.array(
      z.object({
        variantId: z.string(),
        sku: z.string(),
        name: z.string(),
        quantity: z.int(),
        unitPrice: moneyAnswer,
        total: totalField,
        available: z.int().describe(`Units that can be had now; to customers at most ${customerAvailableMax}.`),
        isAvailable: z.boolean().describe('Whether that is enough for the line.'),
      }),
    ),
    charges: z.array(chargeAnswer),
    total: totalField.describe('Lines and charges: what can be sent as `expectedTotal`.'),
    isAvailable: z.boolean().describe('Whether every line could be reserved.'),
    quotedAt: timeField,
  })
  .meta({ id: 'Quote' });

export const quotesApi = defineApi('orders', 'Orders', {
  quoteOrder: {
    method: 'POST',
    path: '/v1/orders/quote',
    summary: 'What an order would cost, and whether it could be had',
    description:
      'Prices and stock of this moment; nothing is stored or reserved. Lines of one variant are merged. 503 while the stock cannot be asked for.',
    access: ['orders:create', 'orders:create:own'],
    body: z.strictObject({
      lines: z
        .array(z.strictObject({ variantId: idField, quantity: quantityField }))
        .min(1)
        .max(sentLineCountMax)
        .describe(`At most ${lineCountMax} variants after merging.`),
      charges: z.array(chargeField).max(chargeCountMax).optional().describe('Staff and API keys; 403 for customers.'),
    }),
    statuses: [200],
    answer: quoteAnswer,
    errors: [
      'price_unknown',
      'unknown_variant',
      'variant_not_for_sale',
      'mixed_currencies',
      'total_too_large',
      'total_negative',
    ],
    example: { lines: [{ variantId: 'var_aaaaaaaaaaaaaaaaaaaaaaaaaa', quantity: 2 }] },
  },
});
