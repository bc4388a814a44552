// Archiving an order that has ended: lists leave it out and nothing of it changes any more. Pure.
import { DomainError } from '@holdfast/shared/errors';
import type { Effect } from '../orders/evolve.ts';
import type { Order } from '../orders/order.ts';

export type ArchiveEvent = { type: 'archived'; at: Date; actor: string };

const ended: readonly Order['status'][] = ['REJECTED', 'CANCELLED', 'EXPIRED', 'DELIVERED'];

/** Undefined for an archived one. Throws illegal_transition for an order that goes on. */
export function decideArchive(order: Order, { at, actor }: Omit<ArchiveEvent, 'type'>): ArchiveEvent | undefined {
  if (order.isArchived === true) return undefined;
  if (ended.includes(order.status)) return { type: 'archived', at, actor };
  throw new DomainError('illegal_transition', {
    detail: `An order that is ${order.status} cannot be archived: it has not ended.`,
    extra: { orderStatus: order.status, allowed: [...ended] },
  });
}

export function effectOfArchive({ actor }: ArchiveEvent): Effect {
  return { set: { isArchived: true }, entry: { event: 'order.archived', actor, reason: 'archived' } };
}
