// The HTTP face of orders: parse, authorise, call, answer.
import {
  cancelOrder as cancelOperation,
  listOrders,
  placeOrder as placeOperation,
  readOrder,
  readTimeline,
} from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { type Auth, type HttpApp, type PageCursors, registerOperation } from '@holdfast/shared/http';
import { availableForCustomer } from '@holdfast/shared/values';
import { cancelOrder } from './cancel-order.ts';
import type { OrderFilter, OrderStore } from './order.store.ts';
import type { Order } from './order.ts';
import { type PlaceOrderDeps, placeOrder, waitForDecision } from './place-order.ts';

export type OrderRoutesDeps = PlaceOrderDeps & { cursors: PageCursors; onChanged(order: Order): void };

/** A customer sees own orders only; staff see all. */
function ownerFilter(auth: Auth): string | undefined {
  return auth.permissions.has('orders:read') ? undefined : auth.userId;
}

function customerOf(auth: Auth, named: string | undefined): { customerId: string | null; onBehalf: boolean } {
  if (auth.permissions.has('orders:create')) return { customerId: named ?? null, onBehalf: named !== undefined };
  if (named !== undefined && named !== auth.userId)
    throw new DomainError('forbidden', { detail: 'You can order for yourself only.' });
  return { customerId: auth.userId, onBehalf: false };
}

/** The order as the API shows it; customers are told of shortages with capped availability. */
export function answerOf(order: Order, auth: Auth) {
  const {
    tenantId: _tenant,
    requestHash: _hash,
    pending: _pending,
    decision: _decision,
    timeline: _timeline,
    ...shown
  } = order;
  return {
    ...shown,
    shortages: order.shortages.length > 0 ? shortagesFor(order, auth) : undefined,
    cancelReason: order.cancelReason ?? undefined,
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  };
}

function shortagesFor(order: Order, auth: Auth) {
  if (auth.permissions.has('stock:read')) return order.shortages;
  return order.shortages.map((shortage) => ({ ...shortage, available: availableForCustomer(shortage.available) }));
}

function placementAnswer(order: Order, auth: Auth, replayed: boolean) {
  const headers: Record<string, string> = replayed ? { 'idempotency-replayed': 'true' } : {};
  switch (order.status) {
    case 'CONFIRMED':
      return {
        status: 201,
        body: answerOf(order, auth),
        headers: { ...headers, location: `/v1/orders/${order.id}` },
        etag: order.version,
      };
    case 'PENDING':
      return { status: 202, body: answerOf(order, auth), headers: { ...headers, location: `/v1/orders/${order.id}` } };
    case 'REJECTED':
      throw new DomainError('insufficient_stock', {
        extra: { orderId: order.id, shortages: shortagesFor(order, auth) },
        headers,
      });
    case 'CANCELLED':
      throw new DomainError('order_cancelled', { extra: { orderId: order.id }, headers });
    default:
      return order.status satisfies never;
  }
}

async function readVisible(store: OrderStore, auth: Auth, id: string): Promise<Order> {
  const order = await store.read(auth.tenantId, id);
  const owner = ownerFilter(auth);
  if (!order || (owner !== undefined && order.customerId !== owner)) throw new DomainError('not_found');
  return order;
}

export function registerOrderRoutes(app: HttpApp, deps: OrderRoutesDeps): void {
  registerOperation(app, placeOperation, async ({ body, auth, idempotencyKey, prefer }) => {
    const { customerId: named, ...asked } = body;
    const caller = { tenantId: auth.tenantId, callerId: auth.userId, ...customerOf(auth, named) };
    const { order, replayed } = await placeOrder({ ...caller, ...asked, ...idempotencyKey!, prefer }, deps);
    return placementAnswer(order, auth, replayed);
  });

  registerOperation(app, readOrder, async ({ params, auth, prefer }) => {
    const waiter = typeof prefer === 'number' ? deps.waiters.register(params.id) : undefined;
    try {
      const order = await readVisible(deps.store, auth, params.id);
      const now = typeof prefer === 'number' ? await waitForDecision(order, waiter, prefer, deps) : order;
      return { status: 200, body: answerOf(now, auth), etag: now.version };
    } finally {
      waiter?.close();
    }
  });

  registerOperation(app, listOrders, async ({ query, auth }) => {
    const owner = ownerFilter(auth);
    if (owner !== undefined && query.customerId !== undefined && query.customerId !== owner)
      return { status: 200, body: { data: [], nextCursor: null } };
    const filter: OrderFilter = {
      status: query.status,
      customerId: owner ?? query.customerId,
      from: query.from === undefined ? undefined : new Date(query.from),
      to: query.to === undefined ? undefined : new Date(query.to),
    };
    const page = deps.cursors.open(query, { tenantId: auth.tenantId, operationId: listOrders.operationId, filter });
    const after = page.after ? { createdAt: new Date(String(page.after.key)), id: page.after.id } : undefined;
    const rows = await deps.store.list(filter, after, query.limit + 1);
    const placeOf = (order: Order) => ({ key: order.createdAt.toISOString(), id: order.id });
    const { data, nextCursor } = page.close(rows, placeOf);
    return { status: 200, body: { data: data.map((order) => answerOf(order, auth)), nextCursor } };
  });

  registerOperation(app, readTimeline, async ({ params, auth }) => {
    const order = await readVisible(deps.store, auth, params.id);
    const data = order.timeline.map(({ requestHash: _hash, ...entry }) => ({ ...entry, at: entry.at.toISOString() }));
    return { status: 200, body: { data } };
  });

  registerOperation(app, cancelOperation, async ({ params, body, auth, idempotencyKey }) => {
    const ownedBy = auth.permissions.has('orders:cancel') ? undefined : auth.userId;
    const reason = body?.reason ?? 'requested';
    const command = {
      tenantId: auth.tenantId,
      orderId: params.id,
      actor: auth.userId,
      ownedBy,
      reason,
      key: idempotencyKey,
    };
    const { order, replayed } = await cancelOrder(command, deps);
    const headers: Record<string, string> = replayed ? { 'idempotency-replayed': 'true' } : {};
    return { status: 200, body: answerOf(order, auth), headers, etag: order.version };
  });
}
