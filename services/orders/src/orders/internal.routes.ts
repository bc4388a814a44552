// What other services ask of orders. Only with the installation's token; the gateway never routes here.
import { exportFilters } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { addInternalCommand, addInternalRoute } from '@holdfast/shared/http';
import { asTenant } from '@holdfast/shared/persistence';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { exportPageMax } from '../limits.ts';
import { numberText } from '../numbers/number-text.ts';
import { paymentOf } from '../payments/payment.ts';
import { type ListedOrder, type OrderStore, orders } from './order.store.ts';
import type { Order } from './order.ts';

const tenantId = z.string().regex(/^ten_[a-z0-9]{1,64}$/);
const page = z.strictObject({
  tenantId,
  limit: z.int().min(1).max(exportPageMax),
  filter: exportFilters.orders,
  after: z.strictObject({ sort: z.string().max(200).nullable(), id: z.string().min(1).max(64) }).optional(),
});
const params = z.object({ id: tenantId });

/**
 * Adds `GET /internal/tenants/:id`, whether a business has orders, and `POST /internal/exports/orders`, a page of them.
 */
export function addInternalOrderRoutes(
  app: FastifyInstance,
  internalToken: string,
  { store }: { store: Pick<OrderStore, 'list' | 'search'> },
): void {
  addInternalRoute(app, '/internal/tenants/:id', internalToken, async (request) => {
    const parsed = params.safeParse(request.params);
    if (!parsed.success) throw new DomainError('not_found');
    const { id } = parsed.data;
    const [first] = await asTenant(id, () => store.list({ tenantId: id }, { limit: 1 }));
    return { hasOrders: first !== undefined };
  });

  addInternalCommand(app, '/internal/exports/orders', internalToken, async ({ body }) => {
    const parsed = page.safeParse(body);
    if (!parsed.success) throw new DomainError('validation_failed', { detail: z.prettifyError(parsed.error) });
    const { tenantId: tenant, limit, filter, after } = parsed.data;
    const { status, customerId, variantId, from, to } = filter;
    const archived = filter.archived === 'true';
    const time = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
    const range = { limit, after, from: time(from), to: time(to) };
    const found = await asTenant(tenant, () => store.search({ status, customerId, variantId, archived }, range));
    const last = found.length === limit ? found.at(-1) : undefined;
    return { rows: found.map(toExportedOrder), next: last ? orders.placeOf(last as Order) : null };
  });
}

/** Without the names, addresses and notes of people: a file outlives their erasure. */
function toExportedOrder({ id, status, customerId, placedBy, lines, total, charges, ...order }: ListedOrder) {
  const number = order.number === undefined ? null : numberText(order.number);
  const times = { createdAt: order.createdAt.toISOString(), updatedAt: order.updatedAt.toISOString() };
  const isArchived = order.isArchived === true;
  const { authorised, captured, refunded, refundDue } = paymentOf(order);
  const payment = { authorised, captured, refunded, refundDue };
  const ordered = { id, number, status, customerId, placedBy, lines, charges: charges ?? [], total };
  return { ...ordered, payment, isArchived, ...times };
}
