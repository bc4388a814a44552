// HTTP routes of adjustments: parse, authorise, call, answer.
import { type BodyOf, inventoryApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { type OperationInput, registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { mainLocationIdOf } from '../locations/location.ts';
import type { AdjustCommand } from './adjust-stock.ts';
import { type AdjustmentStore, adjustments } from './adjustment.store.ts';
import { type Adjustment, type AdjustmentChange, adjustmentIdOf } from './adjustment.ts';
import { type CreateAdjustmentDeps, createAdjustment } from './create-adjustment.ts';

export type AdjustmentRoutesDeps = CreateAdjustmentDeps & { adjustments: Pick<AdjustmentStore, 'read' | 'list'> };

function toResponse({ tenantId: _tenant, creation: _creation, change, ...shown }: Adjustment) {
  const counted = change.kind === 'count' ? { count: change.count, expectedOnHand: change.expectedOnHand } : {};
  return { ...shown, ...counted, status: 'APPLIED' as const, createdAt: shown.createdAt.toISOString() };
}

function changeOf({ delta, count, expectedOnHand }: BodyOf<typeof inventoryApi.createAdjustment>): AdjustmentChange {
  if (delta !== undefined) return { kind: 'delta', delta };
  // The contract lets through only a delta, or a count with what was expected.
  return { kind: 'count', count: count!, expectedOnHand: expectedOnHand! };
}

function commandOf(input: OperationInput<typeof inventoryApi.createAdjustment>): AdjustCommand {
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
  };
}

export function registerAdjustmentRoutes(app: FastifyInstance, deps: AdjustmentRoutesDeps): void {
  registerOperation(app, inventoryApi.createAdjustment, async (input) => {
    const { created: adjustment, replayed } = await createAdjustment(commandOf(input), deps);
    const { id: adjustmentId, tenantId, variantId, delta } = adjustment;
    if (!replayed) input.log.info({ tenantId, adjustmentId, variantId, delta }, 'stock adjusted');
    const headers = { location: `/v1/adjustments/${adjustment.id}` };
    return { status: 201, body: toResponse(adjustment), headers, etag: adjustment.version, replayed };
  });

  registerOperation(app, inventoryApi.readAdjustment, async ({ params, auth }) => {
    const adjustment = await deps.adjustments.read({ tenantId: auth.tenantId, id: params.id });
    if (!adjustment) throw new DomainError('not_found');
    return { status: 200, body: toResponse(adjustment), etag: adjustment.version };
  });

  registerList(app, inventoryApi.listAdjustments, {
    list: ({ query }, page) => deps.adjustments.list({ variantId: query.variantId }, page),
    toResponse,
    placeOf: adjustments.placeOf,
  });
}
