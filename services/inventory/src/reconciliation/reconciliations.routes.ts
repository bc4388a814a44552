// HTTP routes of reconciliations: parse, authorise, call, answer; and what an operator asks.
import { reconciliationsApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { addInternalCommand, registerList, registerOperation } from '@holdfast/shared/http';
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { newId } from '@holdfast/shared/values';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { operatorTenantsMax } from '../limits.ts';
import type { LocationStore } from '../locations/location.store.ts';
import { type CreateReconciliationDeps, createReconciliation, startReconciliation } from './create-reconciliation.ts';
import { type ReconciliationStore, reconciliations } from './reconciliation.store.ts';
import type { Reconciliation } from './reconciliation.ts';
import { type RepairDeps, repairReconciliation } from './repair-reconciliation.ts';

export type ReconciliationRoutesDeps = CreateReconciliationDeps &
  RepairDeps & {
    reconciliations: Pick<ReconciliationStore, 'read' | 'list' | 'insert' | 'running' | 'saveAll'>;
    locations: Pick<LocationStore, 'tenantsAfter'>;
  };

function toResponse(reconciliation: Omit<Reconciliation, 'suspects' | 'repairs'>) {
  const { id, status, requestedBy, reason, checked, differenceCount, failure, version } = reconciliation;
  const { createdAt, finishedAt, differences } = reconciliation;
  // What has not ended has not looked at everything.
  const isComplete = status === 'done' && reconciliation.isComplete;
  const ends = finishedAt === undefined ? {} : { finishedAt: finishedAt.toISOString() };
  const shown = { id, status, requestedBy, reason, checked, isComplete, differenceCount, failure, version };
  return { ...shown, ...ends, startedAt: createdAt.toISOString(), differences: [...differences] };
}

export function registerReconciliationRoutes(app: FastifyInstance, deps: ReconciliationRoutesDeps): void {
  registerOperation(app, reconciliationsApi.createReconciliation, async (input) => {
    const { auth, body, idempotencyKey: requestKey } = input;
    const command = { caller: auth, requestKey, reason: body?.reason };
    const { created, replayed } = await createReconciliation(command, deps);
    const headers = { location: `/v1/reconciliations/${created.id}` };
    return { status: 202, body: toResponse(created), headers, etag: created.version, replayed };
  });

  registerOperation(app, reconciliationsApi.readReconciliation, async ({ params, auth }) => {
    const found = await deps.reconciliations.read({ tenantId: auth.tenantId, id: params.id });
    if (!found) throw new DomainError('not_found');
    return { status: 200, body: toResponse(found), etag: found.version };
  });

  registerOperation(app, reconciliationsApi.repairReconciliation, async (input) => {
    const { params, auth, idempotencyKey: requestKey } = input;
    const command = { tenantId: auth.tenantId, id: params.id, actor: auth.userId, requestKey };
    const { reconciliation, replayed } = await repairReconciliation(command, deps);
    return { status: 200, body: toResponse(reconciliation), etag: reconciliation.version, replayed };
  });

  registerList(app, reconciliationsApi.listReconciliations, {
    list: (_input, page) => deps.reconciliations.list({}, page),
    toResponse,
    placeOf: reconciliations.placeOf,
  });
}

const started = z.strictObject({ after: z.string().max(64).default('') });
const wanted = z.strictObject({ tenantId: z.string().regex(/^ten_[a-z0-9]{1,64}$/), id: z.string().max(64) });

/** Adds POST /internal/reconciliations, which starts them page by page for every business, and .../read. */
export function addInternalReconciliationRoutes(
  app: FastifyInstance,
  internalToken: string,
  deps: ReconciliationRoutesDeps,
): void {
  const parsed = <T>(schema: z.ZodType<T>, body: unknown): T => {
    const result = schema.safeParse(body);
    if (!result.success) throw new DomainError('validation_failed', { detail: z.prettifyError(result.error) });
    return result.data;
  };

  addInternalCommand(app, '/internal/reconciliations', internalToken, async ({ body }) => {
    const { after } = parsed(started, body);
    const page = () => deps.locations.tenantsAfter(after, operatorTenantsMax);
    const { tenantIds, next } = await asSystem('reconciliation of all', page);
    const jobs: { tenantId: string; id: string }[] = [];
    for (const tenantId of tenantIds) {
      const id = await asTenant(tenantId, () => startReconciliation({ tenantId, id: newId('rec') }, deps));
      jobs.push({ tenantId, id });
    }
    return { jobs, next: next ?? null };
  });

  addInternalCommand(app, '/internal/reconciliations/read', internalToken, async ({ body }) => {
    const job = parsed(wanted, body);
    const found = await asTenant(job.tenantId, () => deps.reconciliations.read(job));
    if (!found) throw new DomainError('not_found');
    return toResponse(found);
  });
}
