// Orders that this process has just placed, as they were stored. Their decision usually comes milliseconds later and
// needs no read then. Invariant: what is here is a guess;
// the decision is stored only where the version is still this one.
import { boundedMap } from '@holdfast/shared/values';
import { recentOrderCountMax } from '../limits.ts';
import type { Order } from './order.ts';

export type RecentOrders = {
  remember(order: Order): void;
  find(tenantId: string, id: string): Order | undefined;
  forget(ids: Iterable<string>): void;
};

/** Keeps the newest 10,000. */
export function createRecentOrders(max = recentOrderCountMax): RecentOrders {
  const orders = boundedMap<string, Order>({ max });
  return {
    remember(order) {
      orders.set(order.id, order);
    },
    find(tenantId, id) {
      const order = orders.peek(id);
      return order?.tenantId === tenantId ? order : undefined;
    },
    forget(ids) {
      for (const id of ids) orders.delete(id);
    },
  };
}
