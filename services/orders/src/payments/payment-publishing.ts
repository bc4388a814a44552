// The events of an order's money. Pure.
import {
  type DomainEvent,
  makeEvent,
  type OrderStatus,
  paymentRecorded,
  paymentRepeated,
  refundDue,
} from '@holdfast/shared/contracts';
import type { Stamp } from '@holdfast/shared/values';
import type { OrderEvent } from '../orders/evolve.ts';
import type { Order } from '../orders/order.ts';
import { endedUnpaid, type PaymentRecord, paymentOf } from './payment.ts';

type About = {
  orderId: string;
  customerId: string | null;
  status: OrderStatus;
  from: OrderStatus | null;
  request: number;
};
type Facts = { about: About; stamp: Stamp };

export function paymentRecordedEvent(record: PaymentRecord, after: Order, { about, stamp }: Facts): DomainEvent {
  const { id: paymentId, kind, amount, provider } = record;
  const { captured, refunded } = paymentOf(after);
  const data = { ...about, paymentId, kind, amount, provider, captured, refunded };
  return makeEvent(paymentRecorded, after, stamp, data);
}

export function paymentRepeatedEvent(
  { id: paymentId }: PaymentRecord,
  after: Order,
  { about, stamp }: Facts,
): DomainEvent {
  return makeEvent(paymentRepeated, after, stamp, { ...about, paymentId });
}

/** When a change leaves more due back than before: how much that is in all. */
export function refundDueEvents(event: OrderEvent, before: Order, after: Order, facts: Facts): DomainEvent[] {
  const due = paymentOf(after).refundDue;
  if (due <= paymentOf(before).refundDue) return [];
  const amount = { amount: due, currency: after.total.currency };
  return [makeEvent(refundDue, after, facts.stamp, { ...facts.about, amount, reason: reasonOf(event, before, after) })];
}

function reasonOf({ type }: OrderEvent, before: Order, after: Order) {
  const hasEnded = endedUnpaid.includes(after.status);
  if (hasEnded && (type === 'payment_recorded' || before.pending?.kind === 'revive')) return 'late_payment' as const;
  if (hasEnded) return 'order_ended' as const;
  return type === 'payment_recorded' ? ('overpaid' as const) : ('order_reduced' as const);
}
