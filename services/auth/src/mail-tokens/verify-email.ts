// Users show that an address is theirs, and ask for the mail that lets them.
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction } from '@holdfast/shared/persistence';
import type { Deps } from '../deps.ts';
import { queueMail } from '../mails/queue-mail.ts';
import { verifyEmail as decideVerification } from '../users/user.ts';
import { spendToken } from './spend-token.ts';

/** Notes that the user's address is verified. Throws `invalid_token`. */
export async function verifyEmail(text: string, deps: Deps): Promise<void> {
  const use = { text, kind: 'email_verification', decide: decideVerification, also: async () => {} } as const;
  const { user } = await spendToken(use, deps);
  deps.log.info({ tenantId: user.tenantId, userId: user.id }, 'address verified');
}

/** Sends the caller another mail to verify the address with, unless it is verified. */
export async function sendVerification(
  { tenantId, userId }: { tenantId: string; userId: string },
  deps: Deps,
): Promise<void> {
  await inTransaction(deps.database, async (session) => {
    const user = await deps.users.readWithSecrets(tenantId, userId, session);
    if (user?.status !== 'active') throw new DomainError('not_found');
    if (!user.emailVerified) await queueMail({ user, kind: 'email_verification' }, deps, session);
  });
}
