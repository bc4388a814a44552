// Looks for the accounts of those who asked for a new password, and queues their mails.
// Invariant: a request leads to one mail, however many processes look at it: it is removed in the transaction that
// queues the mail.

import { isOutage } from '@holdfast/shared/errors';
import { asTenant, type Database, inTransaction } from '@holdfast/shared/persistence';
import { unseal } from '@holdfast/shared/values';
import { resetRequestBatchesMax, resetRequestBatchMax } from '../limits.ts';
import { type QueueDeps, queueMail } from '../mails/queue-mail.ts';
import type { TenantStore } from '../tenants/tenant.store.ts';
import type { UserStore } from '../users/user.store.ts';
import type { AskedReset, ResetRequest, ResetRequestStore } from './reset-request.store.ts';

export type AnswerDeps = QueueDeps & {
  database: Database;
  resetRequests: ResetRequestStore;
  tenants: Pick<TenantStore, 'findBySlug'>;
  users: Pick<UserStore, 'findByEmail' | 'readWithSecrets'>;
};

/** One bounded run. */
export async function answerResetRequests(deps: AnswerDeps, signal: AbortSignal): Promise<void> {
  for (let batch = 0; batch < resetRequestBatchesMax && !signal.aborted; batch += 1) {
    const requests = await deps.resetRequests.list(resetRequestBatchMax);
    for (const request of requests) await answerOne(request, deps);
    if (requests.length < resetRequestBatchMax) break;
  }
}

/** One that cannot be answered is dropped: it would be in front of all others for ever. */
async function answerOne(request: ResetRequest, deps: AnswerDeps): Promise<void> {
  try {
    const account = await findAccount(request, deps);
    if (account) await mailReset(request, account, deps);
    else await deps.resetRequests.remove(request.id);
  } catch (error) {
    if (isOutage(error)) throw error;
    deps.log.error({ err: error }, 'a request for a new password could not be answered');
    await deps.resetRequests.remove(request.id);
  }
}

type Account = { tenantId: string; userId: string };

async function findAccount({ id, sealed }: ResetRequest, deps: AnswerDeps): Promise<Account | undefined> {
  const { tenant, email } = JSON.parse(unseal(deps.mailKey, id, sealed).toString()) as AskedReset;
  const found = await deps.tenants.findBySlug(tenant);
  if (!found) return undefined;
  const user = await asTenant(found.id, () => deps.users.findByEmail(found.id, email));
  return user && { tenantId: found.id, userId: user.id };
}

async function mailReset({ id }: ResetRequest, { tenantId, userId }: Account, deps: AnswerDeps): Promise<void> {
  await asTenant(tenantId, () =>
    inTransaction(deps.database, async (session) => {
      if (!(await deps.resetRequests.remove(id, session))) return;
      const user = await deps.users.readWithSecrets(tenantId, userId, session);
      if (user?.status === 'active') await queueMail({ user, kind: 'password_reset' }, deps, session);
    }),
  );
}
