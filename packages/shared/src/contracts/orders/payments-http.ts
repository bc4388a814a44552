// The HTTP contract of the payments of orders.
import { z } from 'zod';
import { paymentMinorMax } from '../bounds.ts';
import { currencyField, idParams } from '../fields.ts';
import { defineApi, list } from '../operation.ts';
import { textField } from '../text.ts';
import { orderAnswer } from './http.ts';
import { paymentAnswer } from './payment-answers.ts';

/** Money that was paid or given back: never nothing. */
export const paidField = z.strictObject({ amount: z.int().min(1).max(paymentMinorMax), currency: currencyField });
const providerName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'is 1 to 40 of a-z, 0-9, _ and -, beginning with a letter')
  .describe('Who took the money: `manual` unless named.');
/** Kept with the order after its customer is erased, so it is no place for a name. */
const referenceField = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/#+-]{0,199}$/, 'is 1 to 200 of A-Z, a-z, 0-9 and . _ : / # + -')
  .describe('What the provider calls the payment, such as `pi_3PZk`; each payment has its own.');

export const paymentsApi = defineApi('orders', 'Payments', {
  confirmPayment: {
    method: 'POST',
    path: '/v1/orders/:id/confirm-payment',
    summary: 'Record that an order was paid, or a part of it',
    description:
      'Parts add up; an order that waits for its payment is confirmed once all of it is there. A payment that comes after the order expired demands its lines once more: then the order is PENDING, and confirmed or expired with a refund due. Of an order that was cancelled or refused the payment is recorded and due back. The same provider and reference with the same amount is one payment: sent again under another key it is `payment.repeated` in the timeline, and adds nothing.',
    access: ['orders:update'],
    idempotencyKey: 'required',
    params: idParams,
    body: z.strictObject({ amount: paidField, reference: referenceField, provider: providerName.optional() }),
    statuses: [200],
    answer: orderAnswer,
    errors: ['payment_recorded', 'wrong_currency', 'too_many_payments', 'idempotency_key_reused'],
    example: { amount: { amount: 5800, currency: 'EUR' }, reference: 'bank-2026-0117' },
  },
  listPayments: list({
    path: '/v1/orders/:id/payments',
    summary: 'What was authorised, captured and refunded of an order, the oldest first',
    access: ['orders:read', 'orders:read:own'],
    params: idParams,
    item: paymentAnswer,
  }),
  createRefund: {
    method: 'POST',
    path: '/v1/orders/:id/payments/refunds',
    summary: 'Record that money of an order was given back',
    description:
      'At most what was captured and is not refunded. No money moves: the record tells that somebody has given it back. Where a provider reports its refunds, name its `provider` and `reference`, or leave the record to it: a reference is counted once.',
    access: ['orders:update'],
    idempotencyKey: 'optional',
    params: idParams,
    body: z.strictObject({
      amount: paidField,
      reason: textField({ max: 500 }).optional(),
      provider: providerName.optional(),
      reference: referenceField.optional(),
    }),
    statuses: [201],
    answer: paymentAnswer,
    errors: ['refund_too_large', 'wrong_currency', 'too_many_payments', 'idempotency_key_reused'],
    example: { amount: { amount: 1900, currency: 'EUR' }, reason: 'arrived damaged' },
  },
  listRefunds: list({
    path: '/v1/orders/:id/payments/refunds',
    summary: 'The refunds of an order, the oldest first',
    access: ['orders:read', 'orders:read:own'],
    params: idParams,
    item: paymentAnswer,
  }),
});
