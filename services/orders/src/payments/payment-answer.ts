// The money of an order as the API shows it. Pure.
import type { Order } from '../orders/order.ts';
import { type PaymentRecord, paymentOf, paymentStateOf } from './payment.ts';

/** Of the order itself. */
export function toOrderPaymentAnswer(order: Pick<Order, 'payment' | 'status' | 'total' | 'expiresAt'>) {
  const { currency } = order.total;
  const { authorised, captured, refunded, refundDue } = paymentOf(order);
  return {
    status: paymentStateOf(order),
    authorised: { amount: authorised, currency },
    captured: { amount: captured, currency },
    refunded: { amount: refunded, currency },
    refundDue: { amount: refundDue, currency },
    expiresAt: order.expiresAt?.toISOString(),
  };
}

/** Customers see what was paid and given back, not how the business keeps its books. */
export function toPaymentAnswer({ at, reference, actor, reason, lines, ...record }: PaymentRecord, forStaff: boolean) {
  const { currency } = record.amount;
  return {
    ...record,
    at: at.toISOString(),
    ...(forStaff ? { reference, actor, reason } : {}),
    lines: lines?.map(({ variantId, amount }) => ({ variantId, amount: { amount, currency } })),
  };
}
