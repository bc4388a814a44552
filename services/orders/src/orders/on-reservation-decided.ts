// Inventory has answered: a batch of outcomes becomes one bulk write of orders.
// Invariant: an outcome is applied only where its request is pending, so that repeating it changes nothing; waiters wake after the write.
import {
  type DomainEvent,
  isEvent,
  reservationHeld,
  reservationRejected,
  reservationSnapshot,
} from '@holdfast/shared/contracts';
import { Conflict } from '@holdfast/shared/persistence';
import { type Clock, newId } from '@holdfast/shared/values';
import type { OrderChange, OrderStore } from './order.store.ts';
import { decideOutcome, evolve, type Order, type Outcome } from './order.ts';
import { eventOf } from './order-events.ts';
import type { RecentOrders } from './recent-orders.ts';

/** The outcome in an event of inventory, or undefined: `released` answers a demand that nobody waits for. */
export function outcomeOf(event: DomainEvent): { orderId: string; outcome: Outcome } | undefined {
  if (isEvent(event, reservationHeld)) {
    const { orderId, request, allocations } = reservationHeld.data.parse(event.data);
    return { orderId, outcome: { kind: 'held', request, allocations } };
  }
  if (isEvent(event, reservationRejected)) {
    const { orderId, request, shortages } = reservationRejected.data.parse(event.data);
    return { orderId, outcome: { kind: 'rejected', request, shortages } };
  }
  if (isEvent(event, reservationSnapshot)) {
    const { orderId, request, outcome, allocations, shortages } = reservationSnapshot.data.parse(event.data);
    if (outcome === 'held') return { orderId, outcome: { kind: 'held', request, allocations } };
    if (outcome === 'rejected') return { orderId, outcome: { kind: 'rejected', request, shortages } };
  }
  return undefined;
}

export type OutcomeDeps = { store: Pick<OrderStore, 'readMany' | 'apply'>; recent: RecentOrders; clock: Clock };

/** Applies the outcomes in stream order and returns the decided orders. Throws Conflict when one changed meanwhile. */
export async function applyOutcomes(events: readonly DomainEvent[], deps: OutcomeDeps): Promise<Order[]> {
  const answers = events.flatMap((event) => {
    const answer = outcomeOf(event);
    return answer ? [{ ...answer, event }] : [];
  });
  const orders = await ordersOf(answers, deps);
  const changes = new Map<string, OrderChange>();
  for (const { orderId, outcome, event } of answers) {
    const order = changes.get(orderId)?.after ?? orders.get(orderId);
    // An outcome for an order of another tenant, or of none, is not ours to apply.
    if (!order || order.tenantId !== event.tenantid) continue;
    const change = decide(order, outcome, event, deps.clock.now());
    if (change) changes.set(orderId, change);
  }
  if (changes.size === 0) return [];
  deps.recent.forget(changes.keys());
  const applied = await deps.store.apply([...changes.values()]);
  if (applied !== changes.size) throw new Conflict(`${changes.size - applied} orders changed while they were decided`);
  return [...changes.values()].map((change) => change.after);
}

/** The orders of these outcomes: remembered ones as they were placed, the others read. */
async function ordersOf(
  answers: readonly { orderId: string; event: DomainEvent }[],
  { store, recent }: OutcomeDeps,
): Promise<Map<string, Order>> {
  const known = new Map<string, Order>();
  const unknown: { tenantId: string; id: string }[] = [];
  for (const { orderId: id, event } of answers) {
    const order = recent.find(event.tenantid, id);
    if (order) known.set(id, order);
    else unknown.push({ tenantId: event.tenantid, id });
  }
  for (const [id, order] of await store.readMany(unknown)) known.set(id, order);
  return known;
}

function decide(before: Order, outcome: Outcome, event: DomainEvent, now: Date): OrderChange | undefined {
  const fact = decideOutcome(before, outcome, now);
  if (!fact) return undefined;
  const after = evolve(before, fact, newId('tml'));
  const cause = { correlationId: event.correlationid, causationId: event.id, traceparent: event.traceparent };
  return { before, after, fact, events: [eventOf(fact, before, after, cause)] };
}
