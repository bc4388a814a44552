// The demand of an order on stock and what inventory answers to it: outcomes, reminders, and the end of the window in
// which it is to be decided. Pure. Invariant: an outcome counts only while its request is the pending one.
import { decideEditOutcome, decideWithdrawal } from '../edits/edit.ts';
import { decideReallocation } from '../fulfilments/reallocation.ts';
import { decideHeld } from '../payments/pay.ts';
import type { OrderEvent } from './evolve.ts';
import { type Allocation, demandOf, type Order, type Shortage } from './order.ts';

/** What inventory answered to a request. */
export type Outcome =
  | { kind: 'held'; request: number; allocations: Allocation[] }
  | { kind: 'rejected'; request: number; shortages: Shortage[] };

/** What an outcome does to an order, or undefined: not the current request, or nothing new. */
export function decideOutcome(order: Order, outcome: Outcome, now: Date): OrderEvent | undefined {
  if (order.pending === null) return decideReallocation(order, outcome, now);
  if (order.pending.request !== outcome.request) return undefined;
  if (order.pending.kind === 'edit') return decideEditOutcome(order, outcome, now);
  if (outcome.kind === 'rejected') return refused(order, outcome.shortages, now);
  // Held too late: an order is not confirmed long after its client has given up on it.
  if (now > deadlineOf(order)) return undecided(order, now);
  return decideHeld(order, outcome.allocations, now);
}

/** Until when an answer to the pending request counts. */
function deadlineOf({ edit, decideBefore }: Order): Date {
  return edit?.decideBefore ?? decideBefore;
}

/**
 * Demands once more what the order holds, by its next request: inventory has lost it, or let it go, and what it had
 * moved for the request of before may still be in its ledger.
 */
export function decideDemand(order: Order, { now, request }: { now: Date; request: number }): OrderEvent | undefined {
  return demandOf(order) === 'holds' && order.request === request ? { type: 'demanded', at: now } : undefined;
}

/** What a due order needs: a reminder, an end (of an edit: the former lines again), or only an alarm (undefined). */
export function decideDue(
  order: Order,
  now: Date,
  policy: { afterMs: number; countMax: number },
): OrderEvent | undefined {
  if (order.pending === null) return undefined;
  if (now >= deadlineOf(order)) return order.edit ? decideWithdrawal(order.edit, now) : undecided(order, now);
  if (order.reminderCount >= policy.countMax) return undefined;
  const later = new Date(now.getTime() + policy.afterMs);
  // After the last reminder only the end of the decision window is awaited.
  const until = deadlineOf(order);
  const isLast = order.reminderCount + 1 >= policy.countMax || later > until;
  return { type: 'reminded', at: now, nextDueAt: isLast ? until : later };
}

function refused({ pending }: Order, shortages: Shortage[], at: Date): OrderEvent {
  if (pending?.kind === 'revive') return { type: 'expired', at, cause: 'insufficient stock', shortages };
  return { type: 'rejected', at, shortages };
}

function undecided({ pending }: Order, now: Date): OrderEvent {
  if (pending?.kind === 'revive') return { type: 'expired', at: now, cause: 'not decided in time', shortages: [] };
  return { type: 'cancelled', cause: 'undecided', at: now, actor: 'system', reason: 'not decided in time' };
}
