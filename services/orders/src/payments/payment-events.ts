// What payment makes happen to an order, and what each of it makes of the order. Pure.
import type { Effect } from '../orders/evolve.ts';
import { type Allocation, frozenPlacement, type Order, type Shortage } from '../orders/order.ts';
import { type PaymentRecord, paymentOf, recordsOf } from './payment.ts';

/** Why an order expired, as its timeline tells. */
export type ExpiryCause = 'not paid in time' | 'insufficient stock' | 'not decided in time';

export type PaymentEvent =
  | { type: 'awaiting_payment'; at: Date; allocations: Allocation[]; expiresAt: Date }
  | { type: 'expired'; at: Date; cause: ExpiryCause; shortages: Shortage[] }
  | { type: 'payment_recorded'; at: Date; record: PaymentRecord; then?: 'confirm' | Revival | undefined }
  | { type: 'payment_repeated'; at: Date; record: PaymentRecord; actor: string };

/** The timeline's word for a payment that was sent again. */
export const paymentRepeatedEntry = 'payment.repeated';

/** An expired order demands its lines once more. */
export type Revival = { decideBefore: Date; dueAt: Date };

/** What is held now: another answer than that of the placement is frozen before a revival changes it. */
export function held(order: Order, allocations: Allocation[]): Partial<Order> {
  return order.decision === null ? { allocations } : { ...frozenPlacement(order), allocations };
}

export function effectOfPayment(order: Order, event: PaymentEvent): Effect {
  switch (event.type) {
    case 'awaiting_payment': {
      const entry = { event: 'order.awaiting_payment', actor: 'system', reason: 'stock reserved, payment awaited' };
      const { allocations, expiresAt } = event;
      return { entry: { to: 'AWAITING_PAYMENT', ...entry }, set: { ...held(order, allocations), expiresAt } };
    }
    case 'expired': {
      const entry = { event: 'order.expired', actor: 'system', reason: event.cause };
      const { shortages } = event;
      return { entry: { to: 'EXPIRED', ...entry }, set: { request: order.request + 1, shortages } };
    }
    case 'payment_recorded':
      return recorded(order, event.record, event.then);
    case 'payment_repeated':
      return { entry: { event: paymentRepeatedEntry, actor: event.actor, reason: event.record.kind } };
    default:
      return event satisfies never;
  }
}

/** The sums and records of an order with one record more. */
export function withRecord(order: Order, record: PaymentRecord): Pick<Order, 'payment' | 'payments'> {
  const payment = paymentOf(order);
  const { kind, amount } = record;
  return {
    payment: { ...payment, [kind]: payment[kind] + amount.amount },
    payments: [...recordsOf(order), record],
  };
}

function recorded(order: Order, record: PaymentRecord, then: 'confirm' | Revival | undefined): Effect {
  const { kind, actor } = record;
  const set: Partial<Order> = withRecord(order, record);
  const entry = { event: 'payment.recorded', actor, reason: kind };
  if (then === undefined) return { entry, set };
  if (then === 'confirm') {
    // Lines that are being edited are still to be answered for.
    const { pending, dueAt } = order;
    return { entry: { ...entry, to: 'CONFIRMED', event: 'order.confirmed' }, set: { ...set, pending, dueAt } };
  }
  const request = order.request + 1;
  const revived = { request, pending: { request, kind: 'revive' as const }, reminderCount: 0, shortages: [] };
  return { entry: { ...entry, to: 'PENDING', event: 'order.placed' }, set: { ...set, ...revived, ...then } };
}
