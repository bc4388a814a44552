// What a change of a user makes us write to the user, in the transaction of the change.
import type { Session } from '@holdfast/shared/persistence';
import type { Deps } from '../deps.ts';
import type { StoredUser } from '../users/user.store.ts';
import type { UserChange } from '../users/user.ts';
import { queueMail } from './queue-mail.ts';

/**
 * Queues the mails of a change: a new address is asked to be verified, the former one is told, and so is the owner of a
 * changed password; who is still invited is invited at the new address. Of a user who is disabled or deleted nothing
 * stays but the notice of a changed address.
 */
export async function mailUserChange(
  { before, after }: UserChange<StoredUser>,
  deps: Deps,
  session: Session,
): Promise<void> {
  const place = { tenantId: after.tenantId, userId: after.id };
  const isGone = after.status === 'deleted' || (after.status === 'disabled' && before.status !== 'disabled');
  if (isGone) await forgetMails(place, deps, session);
  if (after.status === 'deleted') return;
  if (after.email !== before.email) {
    // Also when it is changed back: what was mailed to the former address is over.
    await deps.mailTokens.removeOf(place, session);
    if (after.status === 'invited') await queueMail({ user: after, kind: 'invitation' }, deps, session);
    if (after.status === 'active') await queueMail({ user: after, kind: 'email_verification' }, deps, session);
    if (before.status !== 'invited') {
      await queueMail({ user: after, kind: 'email_changed', to: before.email }, deps, session);
    }
  }
  if (before.passwordHash !== undefined && after.passwordHash !== before.passwordHash) {
    await queueMail({ user: after, kind: 'password_changed' }, deps, session);
  }
}

/** Ends every mail and token of a user. */
export async function forgetMails(
  user: { tenantId: string; userId: string },
  { mails, mailTokens, clock }: Pick<Deps, 'mails' | 'mailTokens' | 'clock'>,
  session?: Session,
): Promise<void> {
  await mails.closeOf(user, clock.now(), session);
  await mailTokens.removeOf(user, session);
}
