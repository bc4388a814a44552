// The money of an order: what was authorised, captured and refunded, what it has to be for the order to be confirmed,
// and what is due back. Pure.
// Invariants: only captured money confirms; a payment is recorded once for a provider and its reference; what is due
// back is what was captured and not refunded, beyond what the order costs now: nothing once it has ended, and less by
// what was refunded for its returns.
import type { OrderStatus, paymentKinds, paymentStates } from '@holdfast/shared/contracts';
import type { Money } from '@holdfast/shared/values';
import type { Order } from '../orders/order.ts';

export type PaymentKind = (typeof paymentKinds)[number];
export type PaymentPolicy = 'none' | 'before_confirm';

/** Something that happened to the money of an order; never changed but by an erasure. */
export type PaymentRecord = {
  id: string;
  kind: PaymentKind;
  amount: Money;
  provider: string;
  /** What the provider calls the payment. */
  reference: string;
  at: Date;
  /** A user, or `system` for what a provider told. */
  actor: string;
  /** Somebody's own words. */
  reason?: string | undefined;
  /** Of a refund: what of it falls to each line as the order was then, in minor units. */
  lines?: { variantId: string; amount: number }[] | undefined;
  /** Of a refund: the return that it was given for. */
  returnId?: string | undefined;
};

/** Sums in minor units of the order's currency, under the policy of when it was placed. */
export type OrderPayment = {
  policy: PaymentPolicy;
  /** How long a held order waits for its payment. */
  windowMs: number;
  authorised: number;
  captured: number;
  refunded: number;
  refundDue: number;
};

const nothing: OrderPayment = {
  policy: 'none',
  windowMs: 0,
  authorised: 0,
  captured: 0,
  refunded: 0,
  refundDue: 0,
};

/** What is stored with a new order: nothing where nothing has to be paid first, as in orders of early releases. */
export function paymentAsked(policy: PaymentPolicy, windowMs: number): OrderPayment | undefined {
  return policy === 'none' ? undefined : { ...nothing, policy, windowMs };
}

/** The sums of an order, whatever was stored of them. */
export function paymentOf({ payment }: Pick<Order, 'payment'>): OrderPayment {
  return payment ?? nothing;
}

/** Everything that was recorded, the oldest first. */
export function recordsOf({ payments }: Pick<Order, 'payments'>): readonly PaymentRecord[] {
  return payments ?? [];
}

/** Captured and not given back; negative while a provider has told of a refund before its payment. */
export function paidNet(order: Pick<Order, 'payment'>): number {
  const { captured, refunded } = paymentOf(order);
  return captured - refunded;
}

/** True when nothing more has to be paid before the order is confirmed. */
export function isPaidEnough(order: Pick<Order, 'payment' | 'total'>): boolean {
  return paymentOf(order).policy === 'none' || paidNet(order) >= order.total.amount;
}

/** In these an order costs nothing. */
export const endedUnpaid: readonly OrderStatus[] = ['CANCELLED', 'EXPIRED', 'REJECTED'];

/** What an order costs now. What was refunded for a return is not paid for any more, so that it is due to nobody. */
function costOf(order: Order): number {
  if (endedUnpaid.includes(order.status)) return 0;
  const forReturns = recordsOf(order).filter(({ returnId }) => returnId !== undefined);
  return Math.max(0, order.total.amount - forReturns.reduce((sum, { amount }) => sum + amount.amount, 0));
}

/** The order with what is due back now; for every change of an order, whatever it was. */
export function withRefundDue(order: Order): Order {
  const { payment } = order;
  if (payment === undefined) return order;
  const refundDue = Math.max(0, paidNet(order) - costOf(order));
  return refundDue === payment.refundDue ? order : { ...order, payment: { ...payment, refundDue } };
}

/** Where the money of an order stands, in a word. `none`: nothing was paid, and nothing has to be. */
export function paymentStateOf(order: Pick<Order, 'payment' | 'total' | 'status'>): (typeof paymentStates)[number] {
  const { policy, authorised, captured, refunded } = paymentOf(order);
  if (captured > 0 && refunded >= captured) return 'refunded';
  if (captured > 0 && refunded > 0) return 'partly_refunded';
  if (captured > 0) return captured >= order.total.amount ? 'paid' : 'partly_paid';
  if (endedUnpaid.includes(order.status)) return 'none';
  if (authorised > 0) return 'authorised';
  return policy === 'none' || order.total.amount === 0 ? 'none' : 'awaiting';
}
