// Starting a reconciliation: for somebody who asks, by the schedule, for an operator. Invariant: with a key the id
// derives from the key; scheduled ones derive it from the business and the time, so that of any number of processes one
// starts it. Of a tenant one runs at a time that people have asked for, and one of the platform, by a
// unique index: a hundred at once would only slow what others do.
import { DomainError } from '@holdfast/shared/errors';
import { createOnce, isDuplicateKey } from '@holdfast/shared/persistence';
import {
  assertSameRequest,
  type Caller,
  type Clock,
  type Created,
  derivedId,
  newId,
  type RequestKey,
} from '@holdfast/shared/values';
import type { ReconciliationStore } from './reconciliation.store.ts';
import { newReconciliation, type Reconciliation, slots } from './reconciliation.ts';

export type CreateReconciliation = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  requestKey?: RequestKey | undefined;
  reason?: string | undefined;
};

export type CreateReconciliationDeps = {
  reconciliations: Pick<ReconciliationStore, 'read' | 'insert' | 'running'>;
  clock: Clock;
  /** Tells the workers that there is something to do. */
  enqueue: (job: { tenantId: string; id: string }) => void;
};

/**
 * Starts one, in the caller's tenant; a repeated request gets the first answer. Throws `idempotency_key_reused`,
 * `reconciliation_running` with the id of the one that does.
 */
export async function createReconciliation(
  { caller: { tenantId, userId }, requestKey, reason }: CreateReconciliation,
  { reconciliations, clock, enqueue }: CreateReconciliationDeps,
): Promise<Created<Reconciliation>> {
  const id = requestKey ? derivedId('rec', tenantId, userId, 'reconciliations.create', requestKey.key) : newId('rec');
  const creation = requestKey ? { requestHash: requestKey.requestHash } : {};
  const facts = {
    id,
    tenantId,
    requestedBy: userId,
    ...(reason === undefined ? {} : { reason }),
    creation,
    slot: slots.people,
  };
  const draft = (now: Date) => newReconciliation(facts, now);
  const made = await createOnce(requestKey, {
    async findFirst(key) {
      const stored = await reconciliations.read({ tenantId, id });
      if (stored === undefined) return undefined;
      assertSameRequest(stored.creation as { requestHash: string }, key);
      return draft(stored.createdAt);
    },
    async create() {
      const after = draft(clock.now());
      await reconciliations.insert([{ after }]);
      return after;
    },
  }).catch(async (error: unknown) => {
    if (!isDuplicateKey(error)) throw error;
    const running = await reconciliations.running(tenantId, slots.people);
    throw new DomainError('reconciliation_running', { extra: running ? { reconciliationId: running.id } : {} });
  });
  enqueue({ tenantId, id });
  return made;
}

/**
 * Starts one under an id that says why there is to be one; returns the id of the one that is there, or that runs. In
 * the tenant's scope.
 */
export async function startReconciliation(
  { tenantId, id }: { tenantId: string; id: string },
  { reconciliations, clock, enqueue }: CreateReconciliationDeps,
): Promise<string> {
  if (await reconciliations.read({ tenantId, id })) return id;
  const after = newReconciliation(
    { id, tenantId, requestedBy: 'system', creation: {}, slot: slots.platform },
    clock.now(),
  );
  try {
    await reconciliations.insert([{ after }]);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    // Another process was faster, or another one runs.
    return (await reconciliations.running(tenantId, slots.platform))?.id ?? id;
  }
  enqueue({ tenantId, id });
  return id;
}
