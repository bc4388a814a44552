// Staff erase the personal data of a user: the right to be forgotten.
// Invariant: the account is gone at once. What it left elsewhere goes in two passes, the second when no request of
// before can still be writing; the other services do the same when they receive the event.
import { asTenant } from '@holdfast/shared/persistence';
import type { Deps } from '../deps.ts';
import { erasedSessionsMax, erasureBatchMax, erasureSettleMs } from '../limits.ts';
import { forgetMails } from '../mails/mail-user-change.ts';
import { changeUser, type ManageUser } from './manage-user.ts';
import { eraseUser as decideErasure, type User } from './user.ts';

/** Erases a user, deleted or not; once more does nothing. Throws `not_found`, `forbidden`, `last_owner`. */
export async function eraseUser(command: Omit<ManageUser, 'expectVersion'>, deps: Deps): Promise<void> {
  const { tenantId, userId: erasedBy } = command.caller;
  const user = await changeUser({ ...command, expectVersion: () => {}, alsoDeleted: true }, decideErasure, deps);
  deps.log.info({ tenantId, userId: user.id, erasedBy }, 'user erased');
  if (user.erasureDueAt) await eraseTraces(user, deps);
}

export type EraseTracesDeps = Pick<Deps, 'users' | 'sessions' | 'mails' | 'mailTokens' | 'clock' | 'log'>;

/** One bounded pass over erased users whose traces are due; for the sweep. */
export async function eraseDueTraces(deps: EraseTracesDeps): Promise<void> {
  for (const user of await deps.users.erasureDue(deps.clock.now(), erasureBatchMax)) {
    await asTenant(user.tenantId, () => eraseTraces(user, deps));
  }
}

async function eraseTraces(user: User, deps: EraseTracesDeps): Promise<void> {
  const { users, sessions, clock, log } = deps;
  const { tenantId, id, erasedAt } = user;
  const settledAt = new Date(erasedAt!.getTime() + erasureSettleMs);
  const isLast = clock.now() >= settledAt;
  let blanked: number;
  do blanked = await sessions.blankDevices(tenantId, id, erasedSessionsMax);
  while (blanked === erasedSessionsMax);
  await forgetMails({ tenantId, userId: id }, deps);
  await users.noteErasure(user, isLast ? undefined : settledAt);
  if (isLast) log.info({ tenantId, userId: id }, 'traces of an erased user are gone');
}
