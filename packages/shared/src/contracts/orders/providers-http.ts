// The HTTP contract of payment providers, which notify a business of its payments.
import { z } from 'zod';
import { callbackBytesMax } from '../bounds.ts';
import { idField, timeField } from '../fields.ts';
import { defineApi, noContent } from '../operation.ts';

const providerAnswer = z
  .object({
    provider: z.string(),
    callbackPath: z.string().describe('Where the provider sends its notices: this path behind the address of the API.'),
    previousSecretUntil: timeField
      .optional()
      .describe('Until when a notice may be signed with the secret of before the last change.'),
    version: z.int(),
    createdAt: timeField,
    updatedAt: timeField,
  })
  .meta({ id: 'PaymentProvider' });

const providerParams = z.strictObject({ provider: idField.describe('`stripe` or `manual`.') });

export const providersApi = defineApi('orders', 'Payments', {
  readPaymentProvider: {
    method: 'GET',
    path: '/v1/payment-providers/:provider',
    summary: 'Whether and how a payment provider notifies the business',
    access: ['payment-providers:manage'],
    params: providerParams,
    statuses: [200],
    answer: providerAnswer,
  },
  setPaymentProvider: {
    method: 'PUT',
    path: '/v1/payment-providers/:provider',
    summary: 'Set or replace the secret of the notices of a payment provider',
    description:
      'The secret is stored sealed and never answered. One that is replaced is good for a day more. `stripe`: the signing secret of an endpoint for `payment_intent.succeeded`, `payment_intent.amount_capturable_updated` and `charge.refunded`; payment intents name their order in `metadata.orderId`. `manual`: `whsec_` and 24 to 64 bytes in base64, for notices of your own.',
    access: ['payment-providers:manage'],
    params: providerParams,
    body: z.strictObject({ secret: z.string().min(1).max(300) }),
    statuses: [200],
    answer: providerAnswer,
    errors: ['stale_version'],
    example: { secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
  },
  removePaymentProvider: {
    method: 'DELETE',
    path: '/v1/payment-providers/:provider',
    summary: 'Take no more notices of a payment provider',
    access: ['payment-providers:manage'],
    params: providerParams,
    statuses: [204],
    answer: noContent,
    errors: ['stale_version'],
  },
  receivePaymentCallback: {
    method: 'POST',
    path: '/v1/payments/callback/:provider/:tenantSlug',
    summary: "A payment provider's notice, in its own format and with its signature",
    description:
      'Needs no token. What is not signed with the secret of this business is answered as one that does not exist. A notice takes effect once, in whatever order they come; 200 says that it is durable, was known, or is about nothing here: no order is named, none of this business has the id, or events of this type mean nothing here. `manual`: JSON signed as Standard Webhooks says, `{ "type": "payment.captured" | "payment.authorised" | "payment.refunded", "data": { "orderId", "amount": Money, "reference" } }`, where the amount is all of that kind under the reference.',
    access: 'public',
    rateClass: 'callback',
    params: z.strictObject({ provider: idField, tenantSlug: idField }),
    signed: { bytesMax: callbackBytesMax },
    statuses: [200],
    answer: z.object({ outcome: z.enum(['recorded', 'known', 'ignored']) }),
    errors: ['unknown_callback', 'wrong_currency', 'too_many_payments'],
  },
});
