// What other services ask of orders. Only with the installation's token; the gateway never routes here.
import { DomainError } from '@holdfast/shared/errors';
import { addInternalRoute } from '@holdfast/shared/http';
import { asTenant } from '@holdfast/shared/persistence';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { OrderStore } from './order.store.ts';

const params = z.object({ id: z.string().regex(/^ten_[a-z0-9]{1,64}$/) });

/** Adds `GET /internal/tenants/:id`: whether a business has orders. */
export function addInternalOrderRoutes(
  app: FastifyInstance,
  internalToken: string,
  { store }: { store: Pick<OrderStore, 'list'> },
): void {
  addInternalRoute(app, '/internal/tenants/:id', internalToken, async (request) => {
    const parsed = params.safeParse(request.params);
    if (!parsed.success) throw new DomainError('not_found');
    const tenantId = parsed.data.id;
    const [first] = await asTenant(tenantId, () => store.list({ tenantId }, { limit: 1 }));
    return { hasOrders: first !== undefined };
  });
}
