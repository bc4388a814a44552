// HTTP routes of orders: parse, authorise, call, answer.
import { ordersApi, type QueryOf } from '@holdfast/shared/contracts';
import { DomainError, type ErrorCode, type ProblemExtra } from '@holdfast/shared/errors';
import { type Auth, type Page, registerList, registerOperation } from '@holdfast/shared/http';
import type { PageRange } from '@holdfast/shared/persistence';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { numberOf } from '../numbers/number-text.ts';
import { cancelOrder } from './cancel-order.ts';
import type { ChangeOrder } from './change-order.ts';
import { type OrderStore, orders } from './order.store.ts';
import type { Order } from './order.ts';
import { ownerFilter, reasonFor, shortagesFor, toResponse } from './order-response.ts';
import type { OrderFilter } from './order-search.store.ts';
import { type PlaceOrder, type PlaceOrderDeps, placeOrder } from './place-order.ts';
import { readOrder, readVisible } from './read-order.ts';

export type OrderRoutesDeps = PlaceOrderDeps & { store: Pick<OrderStore, 'search' | 'read'>; changeOrder: ChangeOrder };

function customerOf(
  auth: Auth,
  named: string | undefined,
): Pick<PlaceOrder, 'customerId' | 'onBehalf' | 'onlyForSale'> {
  if (auth.permissions.has('orders:create'))
    return { customerId: named ?? null, onBehalf: named !== undefined, onlyForSale: false };
  if (named !== undefined && named !== auth.userId)
    throw new DomainError('forbidden', { detail: 'You can order for yourself only.' });
  return { customerId: auth.userId, onBehalf: false, onlyForSale: true };
}

/** Customers choose what they buy, not what it costs. */
export function assertMayCharge(auth: Auth): void {
  if (auth.permissions.has('orders:create')) return;
  throw new DomainError('forbidden', { detail: 'Charges are for the business to add.' });
}

function placementAnswer(order: Order, auth: Auth, replayed: boolean) {
  const location = `/v1/orders/${order.id}`;
  switch (order.status) {
    case 'CONFIRMED':
    case 'AWAITING_PAYMENT':
      return { status: 201, body: toResponse(order, auth), headers: { location }, etag: order.version, replayed };
    case 'PENDING':
      return { status: 202, body: toResponse(order, auth), headers: { location }, replayed };
    case 'REJECTED':
      throw decided('insufficient_stock', replayed, { orderId: order.id, shortages: shortagesFor(order, auth) });
    case 'CANCELLED':
      throw decided('order_cancelled', replayed, { orderId: order.id });
    default:
      throw new Error(`an order was decided as ${order.status}`);
  }
}

function decided(code: ErrorCode, replayed: boolean, extra: ProblemExtra): DomainError {
  return new DomainError(code, { extra, ...(replayed ? { headers: { 'idempotency-replayed': 'true' } } : {}) });
}

/** Runs `work` with a signal that aborts when the client closes its connection. */
export async function whileConnected<T>({ raw }: FastifyRequest, work: (gone: AbortSignal) => Promise<T>): Promise<T> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  raw.socket.once('close', leave);
  try {
    return await work(gone.signal);
  } finally {
    raw.socket.off('close', leave);
  }
}

export function registerOrderRoutes(app: FastifyInstance, deps: OrderRoutesDeps): void {
  registerOperation(app, ordersApi.placeOrder, async (input) => {
    const { body, auth, idempotencyKey, preferWaitMs: prefer, request } = input;
    const { customerId: named, ...asked } = body;
    if (asked.charges !== undefined) assertMayCharge(auth);
    const caller = { tenantId: auth.tenantId, callerId: auth.userId, ...customerOf(auth, named) };
    const { order, replayed, isPreferred } = await whileConnected(request, (gone) =>
      placeOrder({ ...caller, ...asked, ...idempotencyKey!, prefer, gone }, deps),
    );
    return { ...placementAnswer(order, auth, replayed), preferenceApplied: isPreferred };
  });

  registerOperation(app, ordersApi.readOrder, async ({ params, auth, preferWaitMs: prefer, request }) => {
    const waitMs = typeof prefer === 'number' ? prefer : 0;
    const { order, hasWaited } = await whileConnected(request, (gone) =>
      readOrder({ orderId: params.id, tenantId: auth.tenantId, ownedBy: ownerFilter(auth), waitMs, gone }, deps),
    );
    return { status: 200, body: toResponse(order, auth), etag: order.version, preferenceApplied: hasWaited };
  });

  registerList(app, ordersApi.listOrders, {
    async list({ query, auth }, page) {
      const filter = filterOf(query, ownerFilter(auth));
      return filter ? deps.store.search(filter, rangeOf(query, page)) : [];
    },
    toResponse,
    placeOf: orders.placeOf,
  });

  registerOperation(app, ordersApi.readTimeline, async ({ params, auth }) => {
    const order = await readVisible({ orderId: params.id, tenantId: auth.tenantId, ownedBy: ownerFilter(auth) }, deps);
    const data = order.timeline.map(({ requestHash: _hash, at, reason, ...entry }) => {
      return { ...entry, reason: reasonFor(reason, auth), at: at.toISOString() };
    });
    return { status: 200, body: { data } };
  });

  registerOperation(app, ordersApi.cancelOrder, async ({ params, body, auth, idempotencyKey: key }) => {
    const ownedBy = auth.permissions.has('orders:cancel') ? undefined : auth.userId;
    const caller = { tenantId: auth.tenantId, actor: auth.userId, ownedBy };
    const command = {
      ...caller,
      orderId: params.id,
      reason: body?.reason ?? 'requested',
      key,
      isStaff: ownedBy === undefined,
    };
    const { order, replayed } = await cancelOrder(command, deps);
    return { status: 200, body: toResponse(order, auth), etag: order.version, replayed };
  });
}

type ListQuery = QueryOf<typeof ordersApi.listOrders>;

/** The filter of a list, or undefined when nothing can fit: somebody else's orders, or what is no number. */
function filterOf(query: ListQuery, owner: string | undefined): OrderFilter | undefined {
  const { status, customerId, variantId, q, archived } = query;
  if (owner !== undefined && customerId !== undefined && customerId !== owner) return undefined;
  const number = q === undefined ? undefined : numberOf(q);
  if (q !== undefined && number === undefined) return undefined;
  return { status, customerId: owner ?? customerId, variantId, number, archived: archived === 'true' };
}

function rangeOf({ from, to }: ListQuery, page: Page): PageRange {
  const time = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
  return { ...page, from: time(from), to: time(to) };
}
