// HTTP routes of edits and of archiving.
import { editsApi } from '@holdfast/shared/contracts';
import { registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { toResponse } from '../orders/order-response.ts';
import { whileConnected } from '../orders/orders.routes.ts';
import { type EditOrderDeps, editOrder } from './edit-order.ts';

export function registerEditRoutes(app: FastifyInstance, deps: EditOrderDeps): void {
  registerOperation(app, editsApi.editOrder, async (input) => {
    const { params, body: patch, auth, preferWaitMs: prefer, expectVersion, request } = input;
    const caller = { tenantId: auth.tenantId, actor: auth.userId, orderId: params.id };
    const { order, waits, isPreferred } = await whileConnected(request, (gone) =>
      editOrder({ ...caller, patch, expectVersion, prefer, gone }, deps),
    );
    const answer = { body: toResponse(order, auth), etag: order.version, preferenceApplied: isPreferred };
    return waits
      ? { ...answer, status: 202, headers: { location: `/v1/orders/${order.id}` } }
      : { ...answer, status: 200 };
  });
}
