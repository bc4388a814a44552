// Staff invite somebody once more who has not accepted yet.
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction } from '@holdfast/shared/persistence';
import type { Caller } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { queueMail } from '../mails/queue-mail.ts';
import { roleOf } from '../roles/give-role.ts';
import { assertMayManage } from '../users/rights.ts';

export type SendInvitation = { caller: Pick<Caller, 'tenantId' | 'userId' | 'permissions'>; id: string };

/** Sends a new invitation, which voids the one before. Throws `not_found`, `forbidden`, `not_invited`. */
export async function sendInvitation({ caller, id }: SendInvitation, deps: Deps): Promise<void> {
  const { tenantId, userId: invitedBy } = caller;
  await inTransaction(deps.database, async (session) => {
    const user = await deps.users.readWithSecrets(tenantId, id, session);
    if (!user || user.status === 'deleted') throw new DomainError('not_found');
    assertMayManage(caller, await roleOf(user, deps, session));
    if (user.status !== 'invited') throw new DomainError('not_invited');
    await queueMail({ user, kind: 'invitation' }, deps, session);
  });
  deps.log.info({ tenantId, userId: id, invitedBy }, 'user invited');
}
