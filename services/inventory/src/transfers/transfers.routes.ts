// HTTP routes of transfers: parse, authorise, call, answer.
import { transfersApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { type OperationInput, registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { type CreateTransferDeps, createTransfer } from './create-transfer.ts';
import { type MoveTransferDeps, moveTransfer } from './move-transfer.ts';
import type { StepCommand } from './step-transfer.ts';
import { transfers } from './transfer.store.ts';
import type { Transfer, TransferStep } from './transfer.ts';

export type TransferRoutesDeps = CreateTransferDeps & MoveTransferDeps;

const names = { SHIPPED: 'shipped', RECEIVED: 'received', CANCELLED: 'cancelled' } as const;

function toResponse(transfer: Transfer) {
  const { id, fromLocationId, toLocationId, lines, note, status, steps, createdBy, createdAt, version } = transfer;
  const taken = steps.map(({ to, by, at }) => [
    [`${names[to]}By`, by],
    [`${names[to]}At`, at.toISOString()],
  ]);
  return {
    id,
    fromLocationId,
    toLocationId,
    lines: [...lines],
    note,
    status,
    createdBy,
    createdAt: createdAt.toISOString(),
    version,
    ...(Object.fromEntries(taken.flat()) as object),
  };
}

const found = (transfer: Transfer) => ({ body: toResponse(transfer), etag: transfer.version });

type StepInput = OperationInput<typeof transfersApi.shipTransfer>;

/** What the request asks for; `lines` come with what was received only. */
function commandOf(input: Omit<StepInput, 'body'>, to: TransferStep['to'], lines?: StepCommand['lines']): StepCommand {
  const { params, auth, idempotencyKey: key, correlation: cause } = input;
  return { tenantId: auth.tenantId, transferId: params.id, to, by: auth.userId, key, lines, cause };
}

export function registerTransferRoutes(app: FastifyInstance, deps: TransferRoutesDeps): void {
  const step = async (input: Omit<StepInput, 'body'>, to: TransferStep['to'], lines?: StepCommand['lines']) => {
    const { transfer, replayed } = await moveTransfer(commandOf(input, to, lines), deps);
    const { tenantId, id: transferId, status } = transfer;
    if (!replayed) input.log.info({ tenantId, transferId, status }, 'transfer moved');
    return { status: 200, ...found(transfer), replayed };
  };
  registerOperation(app, transfersApi.createTransfer, async ({ auth, body, idempotencyKey, log }) => {
    const { created, replayed } = await createTransfer({ caller: auth, body, requestKey: idempotencyKey }, deps);
    const { tenantId, id: transferId } = created;
    if (!replayed) log.info({ tenantId, transferId }, 'transfer created');
    return { status: 201, ...found(created), headers: { location: `/v1/transfers/${transferId}` }, replayed };
  });
  registerList(app, transfersApi.listTransfers, {
    list: ({ query }, page) => deps.transfers.list({ status: query.status }, page),
    toResponse,
    placeOf: transfers.placeOf,
  });
  registerOperation(app, transfersApi.readTransfer, async ({ auth, params }) => {
    const transfer = await deps.transfers.read({ tenantId: auth.tenantId, id: params.id });
    if (!transfer) throw new DomainError('not_found');
    return { status: 200, ...found(transfer) };
  });
  registerOperation(app, transfersApi.shipTransfer, (input) => step(input, 'SHIPPED'));
  registerOperation(app, transfersApi.receiveTransfer, (input) => step(input, 'RECEIVED', input.body?.lines));
  registerOperation(app, transfersApi.cancelTransfer, (input) => step(input, 'CANCELLED'));
}
