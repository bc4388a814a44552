// Deciding on refunds. Pure. Invariant: nobody here gives back more than was captured and is not refunded yet; what a
// provider tells of is a fact, whatever we know of its payment.
import { DomainError } from '@holdfast/shared/errors';
import type { Money } from '@holdfast/shared/values';
import type { OrderEvent } from '../orders/evolve.ts';
import type { Order } from '../orders/order.ts';
import { amountUnder, assertCurrency, assertRoom, recording } from './pay.ts';
import { type PaymentRecord, paidNet, recordsOf } from './payment.ts';
import { type PricedLine, refundLines } from './share-refund.ts';

export type Refund = {
  id: string;
  amount: Money;
  actor: string;
  reason?: string | undefined;
  provider?: string | undefined;
  reference?: string | undefined;
  /** Which return it is given for. */
  returnId?: string | undefined;
};

/**
 * The event of a refund. Throws wrong_currency, too_many_payments, refund_too_large, and payment_recorded for the
 * reference of one that is recorded.
 */
export function decideRefund(order: Order, refund: Refund, at: Date): OrderEvent {
  return recording(order, refundRecord(order, refund, at), at);
}

/** The record of a refund that falls to these lines; throws as `decideRefund` does. */
export function refundRecord(
  order: Order,
  refund: Refund,
  at: Date,
  lines: readonly PricedLine[] = order.lines,
): PaymentRecord {
  const { id, amount, actor, reason, returnId, provider = 'manual', reference = id } = refund;
  assertCurrency(order, amount);
  assertRoom(order);
  const { currency } = order.total;
  const known = amountUnder({ kind: 'refunded', provider, reference }, recordsOf(order));
  if (known > 0) throw new DomainError('payment_recorded', { extra: { recorded: { amount: known, currency } } });
  const left = Math.max(0, paidNet(order));
  if (amount.amount > left) {
    throw new DomainError('refund_too_large', { extra: { refundable: { amount: left, currency } } });
  }
  return {
    id,
    kind: 'refunded',
    amount,
    provider,
    reference,
    at,
    actor,
    ...(reason === undefined ? {} : { reason }),
    ...(returnId === undefined ? {} : { returnId }),
    lines: refundLines(amount.amount, lines),
  };
}
