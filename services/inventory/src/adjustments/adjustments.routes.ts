// HTTP routes of adjustments: parse, authorise, call, answer.
import { adjustmentsApi, type BodyOf } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { type Auth, type OperationInput, registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { mainLocationIdOf } from '../locations/location.ts';
import type { AdjustCommand } from './adjust-stock.ts';
import { type AdjustmentStore, adjustments } from './adjustment.store.ts';
import { type Adjustment, type AdjustmentChange, adjustmentIdOf } from './adjustment.ts';
import { type CreateAdjustmentDeps, createAdjustment } from './create-adjustment.ts';
import { removeAdjustment, updateAdjustment } from './update-adjustment.ts';

export type AdjustmentRoutesDeps = CreateAdjustmentDeps & { adjustments: Pick<AdjustmentStore, 'read' | 'list'> };

function toResponse({ tenantId: _tenant, creation: _creation, moved: _moved, ...adjustment }: Adjustment) {
  const { change, waiting, dueAt, ...shown } = adjustment;
  const counted = change.kind === 'count' ? { count: change.count, expectedOnHand: change.expectedOnHand } : {};
  const { difference = 0, orderIds = [] } = waiting ?? {};
  const waits = waiting && { change: waiting.change, difference, orderIds: [...orderIds], until: dueAt!.toISOString() };
  const times = { createdAt: shown.createdAt.toISOString(), updatedAt: shown.updatedAt.toISOString() };
  return { ...shown, ...counted, ...times, ...(waits ? { waiting: waits } : {}) };
}

function changeOf({ delta, count, expectedOnHand }: BodyOf<typeof adjustmentsApi.createAdjustment>): AdjustmentChange {
  if (delta !== undefined) return { kind: 'delta', delta };
  // The contract lets through only a delta, or a count with what was expected.
  return { kind: 'count', count: count!, expectedOnHand: expectedOnHand! };
}

/** Whether the caller asks for what only some may. Throws forbidden. */
function isForced(force: boolean | undefined, auth: Auth): boolean {
  if (force === true && !auth.permissions.has('stock:force')) {
    throw new DomainError('forbidden', { detail: 'Taking reserved stock needs the permission stock:force.' });
  }
  return force === true;
}

function commandOf(input: OperationInput<typeof adjustmentsApi.createAdjustment>): AdjustCommand & { force: boolean } {
  const { body, auth, idempotencyKey, correlation } = input;
  const { tenantId, userId } = auth;
  const requestKey = idempotencyKey!;
  return {
    caller: { tenantId, userId },
    requestKey,
    adjustmentId: adjustmentIdOf(tenantId, userId, requestKey.key),
    variantId: body.variantId,
    locationId: body.locationId ?? mainLocationIdOf(tenantId),
    change: changeOf(body),
    reason: body.reason,
    note: body.note,
    cause: correlation,
    force: isForced(body.force, auth),
  };
}

/** The answer of a change: 202 while it waits. */
function changed(adjustment: Adjustment) {
  const status = adjustment.status === 'WAITING' ? 202 : 200;
  return { status, body: toResponse(adjustment), etag: adjustment.version };
}

type Change = OperationInput<typeof adjustmentsApi.updateAdjustment | typeof adjustmentsApi.deleteAdjustment>;

function targetOf({ params, auth, correlation: cause, expectVersion }: Change) {
  return { tenantId: auth.tenantId, id: params.id, actor: auth.userId, cause, expectVersion };
}

export function registerAdjustmentRoutes(app: FastifyInstance, deps: AdjustmentRoutesDeps): void {
  registerOperation(app, adjustmentsApi.createAdjustment, async (input) => {
    const { created: adjustment, replayed } = await createAdjustment(commandOf(input), deps);
    const { id: adjustmentId, tenantId, variantId, delta, status } = adjustment;
    if (!replayed) input.log.info({ tenantId, adjustmentId, variantId, delta, status }, 'stock adjusted');
    const headers = { location: `/v1/adjustments/${adjustment.id}` };
    return { ...changed(adjustment), status: status === 'WAITING' ? 202 : 201, headers, replayed };
  });

  registerOperation(app, adjustmentsApi.readAdjustment, async ({ params, auth }) => {
    const adjustment = await deps.adjustments.read({ tenantId: auth.tenantId, id: params.id });
    if (!adjustment) throw new DomainError('not_found');
    return { status: 200, body: toResponse(adjustment), etag: adjustment.version };
  });

  registerOperation(app, adjustmentsApi.updateAdjustment, async (input) => {
    const { force, ...patch } = input.body;
    const command = { ...targetOf(input), patch, force: isForced(force, input.auth) };
    return changed(await updateAdjustment(command, deps));
  });

  registerOperation(app, adjustmentsApi.deleteAdjustment, async (input) => {
    const force = isForced(input.query.force === 'true', input.auth);
    return changed(await removeAdjustment({ ...targetOf(input), force }, deps));
  });

  registerList(app, adjustmentsApi.listAdjustments, {
    list: ({ query }, page) => {
      const { variantId, locationId, status } = query;
      return deps.adjustments.list({ variantId, locationId, status }, page);
    },
    toResponse,
    placeOf: adjustments.placeOf,
  });
}
