// HTTP routes of parcels: parse, authorise, call, answer.
import { fulfilmentsApi } from '@holdfast/shared/contracts';
import { registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { ChangeOrder } from '../orders/change-order.ts';
import { ownerFilter, toResponse } from '../orders/order-response.ts';
import { pageOfList, placeInList } from '../orders/page-of-list.ts';
import { type ReadOrderDeps, readVisible } from '../orders/read-order.ts';
import { correctParcel, findParcel } from './correct-parcel.ts';
import { deliverOrder, deliverParcel } from './deliver-order.ts';
import { type Fulfilment, fulfilmentsOf, statusOf, versionOf } from './fulfilment.ts';
import { shipOrder } from './ship-order.ts';

export type FulfilmentRoutesDeps = Pick<ReadOrderDeps, 'store'> & { changeOrder: ChangeOrder };

function toAnswer(orderId: string, fulfilment: Fulfilment) {
  const { id, lines, carrier, trackingNumber, shippedBy, shippedAt, delivery } = fulfilment;
  const arrival = delivery && { deliveredBy: delivery.by, deliveredAt: delivery.at.toISOString() };
  const departure = { shippedBy, shippedAt: shippedAt.toISOString() };
  const facts = { id, orderId, status: statusOf(fulfilment), version: versionOf(fulfilment) };
  return { ...facts, lines: [...lines], carrier, trackingNumber, ...departure, ...arrival };
}

export function registerFulfilmentRoutes(app: FastifyInstance, deps: FulfilmentRoutesDeps): void {
  registerOperation(app, fulfilmentsApi.shipOrder, async ({ params, body, auth, idempotencyKey: key, log }) => {
    const { tenantId, userId: actor } = auth;
    const { fulfilment, replayed } = await shipOrder({ tenantId, orderId: params.id, actor, key, ...body }, deps);
    if (!replayed) log.info({ tenantId, orderId: params.id, fulfilmentId: fulfilment.id }, 'order shipped');
    return { status: 201, body: toAnswer(params.id, fulfilment), replayed };
  });

  registerList(app, fulfilmentsApi.listFulfilments, {
    async list({ params: { id: orderId }, auth }, page) {
      const order = await readVisible({ orderId, tenantId: auth.tenantId, ownedBy: ownerFilter(auth) }, deps);
      return pageOfList(fulfilmentsOf(order), page).map((one) => toAnswer(orderId, one));
    },
    toResponse: (answer: ReturnType<typeof toAnswer>) => answer,
    placeOf: placeInList,
  });

  registerOperation(app, fulfilmentsApi.readFulfilment, async ({ params, auth }) => {
    const visible = { orderId: params.id, tenantId: auth.tenantId, ownedBy: ownerFilter(auth) };
    const body = toAnswer(params.id, findParcel(await readVisible(visible, deps), params.fulfilmentId));
    return { status: 200, body, etag: body.version };
  });

  registerOperation(app, fulfilmentsApi.updateFulfilment, async ({ params, body: patch, auth, expectVersion }) => {
    const { tenantId, userId: actor } = auth;
    const { id: orderId, fulfilmentId } = params;
    const corrected = await correctParcel({ tenantId, orderId, fulfilmentId, actor, patch, expectVersion }, deps);
    const body = toAnswer(orderId, corrected);
    return { status: 200, body, etag: body.version };
  });

  registerOperation(app, fulfilmentsApi.deliverFulfilment, async ({ params, auth, idempotencyKey: key }) => {
    const { tenantId, userId: actor } = auth;
    const command = { tenantId, orderId: params.id, fulfilmentId: params.fulfilmentId, actor, key };
    const { fulfilment, replayed } = await deliverParcel(command, deps);
    return { status: 200, body: toAnswer(params.id, fulfilment), replayed };
  });

  registerOperation(app, fulfilmentsApi.deliverOrder, async ({ params, auth, idempotencyKey: key }) => {
    const { tenantId, userId: actor } = auth;
    const { order, replayed } = await deliverOrder({ tenantId, orderId: params.id, actor, key }, deps);
    return { status: 200, body: toResponse(order, auth), etag: order.version, replayed };
  });
}
