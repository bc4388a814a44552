// What an order holds, held elsewhere: inventory had lost it and found it again, from other locations. A parcel has to
// leave from where it is now. Pure.
// Invariant: an answer counts only where it is to the current request and holds just what is outstanding.
import type { Effect } from '../orders/evolve.ts';
import { type Allocation, demandOf, frozenPlacement, type Order } from '../orders/order.ts';
import type { Outcome } from '../orders/placement.ts';
import { fulfilmentsOf, heldOf, outstandingOf } from './fulfilment.ts';

export type ReallocationEvent = { type: 'reallocated'; at: Date; held: readonly Allocation[] };

/** Undefined where it is held as the order knows, or the answer is of another time. */
export function decideReallocation(order: Order, outcome: Outcome, at: Date): ReallocationEvent | undefined {
  if (outcome.kind !== 'held' || outcome.request !== order.request || demandOf(order) !== 'holds') return undefined;
  const held = outcome.allocations;
  const outstanding = outstandingOf(order).map(({ variantId, quantity }): Unit => [variantId, quantity]);
  if (textOf(held.map(({ variantId, quantity }) => [variantId, quantity])) !== textOf(outstanding)) return undefined;
  return textOf(held.map(placed)) === textOf(heldOf(order).map(placed)) ? undefined : { type: 'reallocated', at, held };
}

type Unit = readonly [string, number];
const placed = ({ variantId, locationId, quantity }: Allocation): Unit => [`${variantId} ${locationId}`, quantity];

/** Sums by key, as a text that is the same for the same sums. */
function textOf(units: readonly Unit[]): string {
  const sums = new Map<string, number>();
  for (const [key, quantity] of units) sums.set(key, (sums.get(key) ?? 0) + quantity);
  return JSON.stringify([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What has left stays allocated where it left from. */
export function effectOfReallocation(order: Order, { held }: ReallocationEvent): Effect {
  const quantities = new Map<string, Allocation>();
  for (const one of [...fulfilmentsOf(order).flatMap(({ lines }) => lines), ...held]) {
    const key = `${one.variantId} ${one.locationId}`;
    quantities.set(key, { ...one, quantity: one.quantity + (quantities.get(key)?.quantity ?? 0) });
  }
  return { set: { ...frozenPlacement(order), allocations: [...quantities.values()] } };
}
