// Archiving an order that has ended: lists leave it out and nothing of it changes any more. Pure.
import { DomainError } from '@holdfast/shared/errors';
import type { Effect } from '../orders/evolve.ts';
import type { Order } from '../orders/order.ts';
import { paymentOf } from '../payments/payment.ts';
import { statusOf, transitions } from '../returns/return.ts';

export type ArchiveEvent = { type: 'archived'; at: Date; actor: string };

const ended: readonly Order['status'][] = ['REJECTED', 'CANCELLED', 'EXPIRED', 'DELIVERED'];

/**
 * Undefined for an archived one. Throws illegal_transition for an order that goes on, order_unsettled for one of which
 * something is still to come back or to be given back.
 */
export function decideArchive(order: Order, { at, actor }: Omit<ArchiveEvent, 'type'>): ArchiveEvent | undefined {
  if (order.isArchived === true) return undefined;
  if (ended.includes(order.status)) {
    const { refundDue } = paymentOf(order);
    const returnIds = (order.returns ?? []).filter((one) => transitions[statusOf(one)].length > 0).map(({ id }) => id);
    if (refundDue === 0 && returnIds.length === 0) return { type: 'archived', at, actor };
    const due = { amount: refundDue, currency: order.total.currency };
    throw new DomainError('order_unsettled', { extra: { refundDue: due, returnIds } });
  }
  throw new DomainError('illegal_transition', {
    detail: `An order that is ${order.status} cannot be archived: it has not ended.`,
    extra: { orderStatus: order.status, allowed: [...ended] },
  });
}

export function effectOfArchive({ actor }: ArchiveEvent): Effect {
  return { set: { isArchived: true }, entry: { event: 'order.archived', actor, reason: 'archived' } };
}
