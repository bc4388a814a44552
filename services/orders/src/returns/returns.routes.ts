// HTTP routes of returns: parse, authorise, call, answer.
import { returnsApi } from '@holdfast/shared/contracts';
import { type OperationInput, registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { OrderStore } from '../orders/order.store.ts';
import { ownerFilter } from '../orders/order-response.ts';
import { pageOfList, placeInList } from '../orders/page-of-list.ts';
import { readVisible } from '../orders/read-order.ts';
import { listReturns, readReturn } from './list-returns.ts';
import { type RequestReturnDeps, type ReturnOfOrder, requestReturn } from './request-return.ts';
import { type ReturnStore, returns } from './return.store.ts';
import { returnsOf } from './return.ts';
import { toReturnResponse } from './return-response.ts';
import { approveReturn, closeReturn, declineReturn, receiveReturn, type StepReturnDeps } from './step-return.ts';

export type ReturnRoutesDeps = RequestReturnDeps &
  StepReturnDeps & { returns: ReturnStore; store: Pick<OrderStore, 'read' | 'readMany'> };

const found = ({ order, returned }: Pick<ReturnOfOrder, 'order' | 'returned'>) => {
  const body = toReturnResponse(order, returned);
  return { status: 200, body, etag: body.version };
};
const stepped = (result: ReturnOfOrder) => ({ ...found(result), replayed: result.replayed });

export function registerReturnRoutes(app: FastifyInstance, deps: ReturnRoutesDeps): void {
  registerOperation(app, returnsApi.requestReturn, async ({ params, body, auth, idempotencyKey: key, log }) => {
    const { tenantId, userId: actor } = auth;
    const ownedBy = auth.permissions.has('returns:write') ? undefined : actor;
    const result = await requestReturn({ tenantId, orderId: params.id, actor, ownedBy, lines: body.lines, key }, deps);
    const returnId = result.returned.id;
    if (!result.replayed) log.info({ tenantId, orderId: params.id, returnId }, 'return requested');
    return { ...stepped(result), status: 201, headers: { location: `/v1/returns/${returnId}` } };
  });

  registerList(app, returnsApi.listReturnsOfOrder, {
    async list({ params: { id: orderId }, auth }, page) {
      const order = await readVisible({ orderId, tenantId: auth.tenantId, ownedBy: ownerFilter(auth) }, deps);
      return pageOfList(returnsOf(order), page).map((one) => toReturnResponse(order, one));
    },
    toResponse: (answer: ReturnType<typeof toReturnResponse>) => answer,
    placeOf: placeInList,
  });

  registerList(app, returnsApi.listReturns, {
    async list({ query: { status, orderId, customerId }, auth }, page) {
      const owner = ownerFilter(auth);
      // Of somebody else's orders there are none.
      if (owner !== undefined && customerId !== undefined && customerId !== owner) return [];
      return listReturns({ status, orderId, customerId: owner ?? customerId }, page, deps);
    },
    toResponse: ({ order, returned }) => toReturnResponse(order!, returned!),
    placeOf: ({ row }) => returns.placeOf(row),
  });

  registerOperation(app, returnsApi.readReturn, async ({ params, auth }) =>
    found(await readReturn({ tenantId: auth.tenantId, returnId: params.id, ownedBy: ownerFilter(auth) }, deps)),
  );

  registerOperation(app, returnsApi.approveReturn, async (input) =>
    stepped(await approveReturn({ ...callerOf(input), ...input.body }, deps)),
  );
  registerOperation(app, returnsApi.declineReturn, async (input) =>
    stepped(await declineReturn({ ...callerOf(input), ...input.body }, deps)),
  );
  registerOperation(app, returnsApi.receiveReturn, async (input) =>
    stepped(await receiveReturn({ ...callerOf(input), ...input.body }, deps)),
  );
  registerOperation(app, returnsApi.closeReturn, async (input) =>
    stepped(await closeReturn({ ...callerOf(input), ...input.body }, deps)),
  );
}

type StepInput = Pick<OperationInput<typeof returnsApi.closeReturn>, 'params' | 'auth' | 'idempotencyKey'>;

function callerOf({ params, auth, idempotencyKey: key }: StepInput) {
  return { tenantId: auth.tenantId, returnId: params.id, actor: auth.userId, key };
}
