// What this process remembers of orders, beside the database: those it has just placed, how many are undecided, which
// variants were sold out a moment ago, and the requests that wait for a decision. Invariant: all of it is for speed and
// fairness; without it orders are decided in the same way.
import type { Clock } from '@holdfast/shared/values';
import { createDecisionWaiters, type DecisionWaiters } from './decision-waiters.ts';
import type { OrderStore } from './order.store.ts';
import { type Order, variantIdsOf } from './order.ts';
import { createRecentOrders, type RecentOrders } from './recent-orders.ts';
import { createSoldOut, type SoldOut } from './sold-out.ts';
import { createUndecidedOrders, type UndecidedOrders } from './undecided-orders.ts';

export type OrderMemory = {
  waiters: DecisionWaiters;
  recent: RecentOrders;
  soldOut: SoldOut;
  undecided: UndecidedOrders;
  /** This process has stored a new order. */
  onPlaced(order: Order): void;
  /** This process has stored a change of an order. Called by `changeOrder` only, after the write. */
  onChanged(order: Order): void;
};

export type OrderMemoryDeps = { store: Pick<OrderStore, 'countUndecided'>; clock: Clock };

export function createOrderMemory({ store, clock }: OrderMemoryDeps): OrderMemory {
  const waiters = createDecisionWaiters(clock);
  const recent = createRecentOrders();
  const soldOut = createSoldOut(clock);
  const undecided = createUndecidedOrders(store);
  return {
    waiters,
    recent,
    soldOut,
    undecided,
    onPlaced(order) {
      undecided.placed(order.tenantId);
      recent.remember(order);
    },
    onChanged(order) {
      recent.forget([order.id]);
      if (order.status === 'CANCELLED' || order.status === 'EXPIRED')
        soldOut.release(order.tenantId, variantIdsOf(order));
      // A reminder decides nothing.
      if (order.pending === null) waiters.wake(order.id, order);
    },
  };
}
