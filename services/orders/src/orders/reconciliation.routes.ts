// What inventory asks of orders to reconcile stock with them. Only with the installation's token; the gateway never
// routes here.
import { DomainError } from '@holdfast/shared/errors';
import { addInternalCommand } from '@holdfast/shared/http';
import type { Watermarks } from '@holdfast/shared/messaging';
import { asTenant } from '@holdfast/shared/persistence';
import { partitionOf } from '@holdfast/shared/values';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { reconciledOrdersMax } from '../limits.ts';
import type { ChangeOrder } from './change-order.ts';
import { type ListedOrder, type OrderStore, orders } from './order.store.ts';
import { demandedLines, demandOf, holdingStatuses, type Order } from './order.ts';
import { decideDemand } from './placement.ts';

export type ReconciliationRoutesDeps = {
  store: Pick<OrderStore, 'list' | 'readMany'>;
  changeOrder: ChangeOrder;
  /** Until when orders has applied what inventory says. */
  inventory: Pick<Watermarks, 'of'>;
};

const tenantId = z.string().regex(/^ten_[a-z0-9]{1,64}$/);
const id = z.string().min(1).max(64);
const place = z.strictObject({ sort: z.union([z.string(), z.number()]).nullable(), id });
const bodies = {
  orders: z.strictObject({ tenantId, ids: z.array(id).max(reconciledOrdersMax) }),
  holding: z.strictObject({
    tenantId,
    limit: z.int().min(1).max(reconciledOrdersMax),
    after: z.strictObject({ status: z.enum(holdingStatuses).default('CONFIRMED'), place: place.optional() }).optional(),
  }),
  applied: z.strictObject({ tenantId }),
  demand: z.strictObject({ tenantId, id, request: z.int().min(1) }),
};

/** Adds POST /internal/reconciliation/orders, /holding, /applied and /demand. */
export function addReconciliationRoutes(
  app: FastifyInstance,
  internalToken: string,
  { store, changeOrder, inventory }: ReconciliationRoutesDeps,
): void {
  const add = <Body extends { tenantId: string }>(
    name: keyof typeof bodies,
    schema: z.ZodType<Body>,
    work: (body: Body) => Promise<object>,
  ) =>
    addInternalCommand(app, `/internal/reconciliation/${name}`, internalToken, async ({ body }) => {
      const parsed = schema.safeParse(body);
      if (!parsed.success) throw new DomainError('validation_failed', { detail: z.prettifyError(parsed.error) });
      return asTenant(parsed.data.tenantId, () => work(parsed.data));
    });

  add('orders', bodies.orders, async ({ tenantId: tenant, ids }) => {
    const found = await store.readMany(ids.map((one) => ({ tenantId: tenant, id: one })));
    return { orders: [...found.values()].map(toFacts) };
  });

  // Status by status, in the order in which an order passes through them: one that goes on meanwhile comes twice.
  add('holding', bodies.holding, async ({ tenantId: tenant, limit, after }) => {
    const status = after?.status ?? holdingStatuses[0]!;
    const found = await store.list({ tenantId: tenant, status }, { limit, after: after?.place });
    const last = found.length === limit ? found.at(-1) : undefined;
    const following = holdingStatuses[holdingStatuses.indexOf(status) + 1];
    const next = last ? { status, place: orders.placeOf(last as Order) } : following && { status: following };
    return { orders: found.map(toFacts), next: next ?? null };
  });

  add('applied', bodies.applied, async ({ tenantId: tenant }) => {
    return { upToMs: inventory.of(partitionOf(tenant)) ?? null };
  });

  add('demand', bodies.demand, async ({ tenantId: tenant, id: orderId, request }) => {
    const target = { tenantId: tenant, id: orderId };
    const { event } = await changeOrder(target, (order, now) => decideDemand(order, { now, request }), {});
    return { isAsked: event !== undefined };
  });
}

function toFacts(order: ListedOrder) {
  return { id: order.id, request: order.request, demand: demandOf(order), lines: demandedLines(order) };
}
