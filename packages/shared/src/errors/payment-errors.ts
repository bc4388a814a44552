// The errors of payments: a part of the catalogue.
import type { ErrorEntry } from './identity-errors.ts';

export const paymentErrors = {
  payment_recorded: {
    status: 409,
    title: 'This payment is recorded already',
    retryable: false,
    explanation:
      'The provider and reference name a payment that is recorded with another amount: `recorded` is that. Every payment has a reference of its own.',
  },
  refund_too_large: {
    status: 409,
    title: 'More than what can be refunded',
    retryable: false,
    explanation: '`refundable` is what was captured and is not refunded yet.',
  },
  unknown_callback: {
    status: 404,
    title: 'There is no such callback',
    retryable: false,
    explanation:
      'The business or the provider is unknown, or the signature is not one of its secret and of the last five minutes. All of these are answered alike.',
  },
  wrong_currency: {
    status: 422,
    title: 'The order has another currency',
    retryable: false,
    explanation: 'Payments and refunds of an order are in its currency; `currency` names it.',
  },
  too_many_payments: {
    status: 422,
    title: 'The order has too many payments',
    retryable: false,
    explanation:
      'Payments, authorisations and refunds of an order come to 200 at most; so do payments sent again under other keys.',
  },
} as const satisfies Record<string, ErrorEntry>;
