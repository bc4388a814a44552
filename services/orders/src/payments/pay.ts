// Deciding on payments: what a payment does to an order in each of its states, and when an order has waited too long
// for one. Pure.
// Invariants: a payment never reopens an order that was cancelled or refused; an expired one demands its lines again
// only when a payment completes what it costs; the same payment told twice is one.
import { DomainError } from '@holdfast/shared/errors';
import type { Money } from '@holdfast/shared/values';
import { paymentRecordCountMax, paymentRepeatCountMax, reminderAfterMs } from '../limits.ts';
import type { OrderEvent } from '../orders/evolve.ts';
import type { Allocation, Order } from '../orders/order.ts';
import { isPaidEnough, type PaymentKind, type PaymentRecord, paidNet, paymentOf, recordsOf } from './payment.ts';
import { paymentRepeatedEntry, type Revival } from './payment-events.ts';

/** A payment as somebody tells of it. */
export type Payment = {
  id: string;
  kind: PaymentKind;
  /** What was authorised, captured or refunded under this reference, in all: telling it again adds nothing. */
  amount: Money;
  provider: string;
  reference: string;
  actor: string;
};

/** An order whose lines are held: confirmed, unless it has to be paid first. */
export function decideHeld(order: Order, allocations: Allocation[], at: Date): OrderEvent {
  if (isPaidEnough(order)) return { type: 'confirmed', at, allocations };
  const expiresAt = new Date(at.getTime() + paymentOf(order).windowMs);
  return { type: 'awaiting_payment', at, allocations, expiresAt };
}

/** The end of a payment window; undefined while it lasts, and where none is open. */
export function decideExpiry({ status, expiresAt }: Order, now: Date): OrderEvent | undefined {
  if (status !== 'AWAITING_PAYMENT' || expiresAt === undefined || now < expiresAt) return undefined;
  return { type: 'expired', at: now, cause: 'not paid in time', shortages: [] };
}

/** What is recorded of a payment; undefined when it is known already. Throws wrong_currency, too_many_payments. */
export function decidePayment(order: Order, payment: Payment, at: Date): OrderEvent | undefined {
  assertCurrency(order, payment.amount);
  const known = recordsOf(order);
  if (known.some(({ id }) => id === payment.id)) return undefined;
  const added = payment.amount.amount - amountUnder(payment, known);
  if (added <= 0) return undefined;
  assertRoom(order);
  const { id, kind, amount, provider, reference, actor } = payment;
  const record: PaymentRecord = {
    id,
    kind,
    amount: { ...amount, amount: added },
    provider,
    reference,
    at,
    actor,
  };
  return recording(order, record, at);
}

/**
 * A payment that is recorded already was sent again by another request: nothing but that is kept, so that this request
 * is known when it comes again. Throws too_many_payments.
 */
export function decideRepeated(order: Order, { kind, provider, reference, actor }: Payment, at: Date): OrderEvent {
  const repeats = order.timeline.filter(({ event }) => event === paymentRepeatedEntry).length;
  if (repeats >= paymentRepeatCountMax) throw new DomainError('too_many_payments');
  const under = (one: PaymentRecord) => one.kind === kind && one.provider === provider && one.reference === reference;
  return { type: 'payment_repeated', at, record: recordsOf(order).find(under)!, actor };
}

/** The event of a record, with what follows from it. */
export function recording(order: Order, record: PaymentRecord, at: Date): OrderEvent {
  const then = record.kind === 'captured' ? consequence(order, record.amount.amount, at) : undefined;
  return { type: 'payment_recorded', at, record, then };
}

function consequence(order: Order, captured: number, at: Date): 'confirm' | Revival | undefined {
  const before = paidNet(order);
  const completes = before < order.total.amount && before + captured >= order.total.amount;
  if (!completes) return undefined;
  if (order.status === 'AWAITING_PAYMENT') return 'confirm';
  if (order.status !== 'EXPIRED') return undefined;
  const windowMs = decisionWindowMs(order);
  return { decideBefore: new Date(at.getTime() + windowMs), dueAt: new Date(at.getTime() + reminderAfterMs) };
}

/** What was recorded under the reference before. */
export function amountUnder(
  { kind, provider, reference }: Pick<Payment, 'kind' | 'provider' | 'reference'>,
  records: readonly PaymentRecord[],
): number {
  return records
    .filter((one) => one.kind === kind && one.provider === provider && one.reference === reference)
    .reduce((sum, { amount }) => sum + amount.amount, 0);
}

export function assertCurrency({ total }: Pick<Order, 'total'>, amount: Money): void {
  if (amount.currency === total.currency) return;
  throw new DomainError('wrong_currency', { extra: { currency: total.currency } });
}

/** An order is read as a whole. */
export function assertRoom(order: Order): void {
  if (recordsOf(order).length >= paymentRecordCountMax) throw new DomainError('too_many_payments');
}

/** How long the order was given to be decided. */
function decisionWindowMs({ decideBefore, timeline }: Order): number {
  const asked = timeline.findLast(({ to, from }) => to === 'PENDING' && from !== 'PENDING');
  return decideBefore.getTime() - asked!.at.getTime();
}
