// What answers tell of the money of an order.
import { z } from 'zod';
import { timeField, totalField } from '../fields.ts';
import { paymentKinds, paymentStates } from './states.ts';

/** Of the order itself. */
export const orderPaymentAnswer = z
  .object({
    status: z.enum(paymentStates).describe('`none`: nothing was paid, and nothing has to be before it is confirmed.'),
    authorised: totalField,
    captured: totalField,
    refunded: totalField,
    refundDue: totalField.describe(
      'What was captured and not refunded beyond what the order costs now: less by what was refunded for returns, and nothing once it has ended.',
    ),
    expiresAt: timeField.optional().describe('Until when it waits for its payment.'),
  })
  .meta({ id: 'OrderPayment' });

export const paymentAnswer = z
  .object({
    id: z.string(),
    kind: z.enum(paymentKinds),
    amount: totalField,
    provider: z.string(),
    at: timeField,
    reference: z.string().optional().describe('What the provider calls the payment; not for customers.'),
    actor: z.string().optional().describe('A user id, or `system` for what a provider told; not for customers.'),
    reason: z.string().optional().describe('Of a refund, for staff.'),
    lines: z
      .array(z.object({ variantId: z.string(), amount: totalField }))
      .optional()
      .describe('Of a refund: what of it falls to each line, in proportion to what the lines cost. They add up to it.'),
    returnId: z.string().optional().describe('Of a refund: the return that it was given for.'),
  })
  .meta({ id: 'Payment' });
