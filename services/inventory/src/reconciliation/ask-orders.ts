// What inventory asks of orders: what orders demand. Only orders knows.
import type { AskService } from '@holdfast/shared/http';
import { z } from 'zod';
import { askedOrdersMax } from '../limits.ts';
import type { OrderFacts } from './difference.ts';

const line = z.object({ variantId: z.string(), quantity: z.int() });
const facts = z.object({
  id: z.string(),
  request: z.int(),
  demand: z.enum(['holds', 'none', 'pending']),
  lines: z.array(line),
});
const place = z.object({
  status: z.string(),
  place: z.object({ sort: z.union([z.string(), z.number()]).nullable(), id: z.string() }).optional(),
});
const answers = {
  orders: z.object({ orders: z.array(facts) }),
  holding: z.object({ orders: z.array(facts), next: place.nullable() }),
  applied: z.object({ upToMs: z.number().nullable() }),
  demanded: z.object({ isAsked: z.boolean() }),
};

type Place = z.infer<typeof place>;

/** What a reconciliation asks of orders. */
export type OrdersPort = {
  /** What orders knows of these, by id; what it does not know is left out. */
  of(tenantId: string, ids: readonly string[]): Promise<Map<string, OrderFacts>>;
  /** A page of the orders that hold stock. */
  holding(tenantId: string, after: Place | undefined): Promise<{ orders: OrderFacts[]; next: Place | null }>;
  /** Until when orders has applied what inventory said about this tenant; undefined while that is unknown. */
  appliedUpToMs(tenantId: string): Promise<number | undefined>;
  /** Has orders send the current demand of an order once more; false when it demands nothing now. */
  demandAgain(tenantId: string, id: string, request: number): Promise<boolean>;
};

/** Orders behind its internal routes. Throws when orders does not answer, or not as agreed. */
export function ordersPort(ask: AskService): OrdersPort {
  return {
    async of(tenantId, ids) {
      const found = new Map<string, OrderFacts>();
      for (let n = 0; n < ids.length; n += askedOrdersMax) {
        const body = { tenantId, ids: ids.slice(n, n + askedOrdersMax) };
        const { orders } = answers.orders.parse(await ask('/internal/reconciliation/orders', body));
        for (const order of orders) found.set(order.id, order);
      }
      return found;
    },
    async holding(tenantId, after) {
      const body = { tenantId, limit: askedOrdersMax, ...(after ? { after } : {}) };
      return answers.holding.parse(await ask('/internal/reconciliation/holding', body));
    },
    async appliedUpToMs(tenantId) {
      const { upToMs } = answers.applied.parse(await ask('/internal/reconciliation/applied', { tenantId }));
      return upToMs ?? undefined;
    },
    async demandAgain(tenantId, id, request) {
      const body = { tenantId, id, request };
      return answers.demanded.parse(await ask('/internal/reconciliation/demand', body)).isAsked;
    },
  };
}
