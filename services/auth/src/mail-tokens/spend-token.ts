// Using a mailed token.
// Invariant: a token that is unknown, used, expired or voided, whatever its form, is one answer.
import { DomainError } from '@holdfast/shared/errors';
import { asTenant, inTransaction, type Session } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Stamp, stampNow } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import type { TokenKind } from '../mails/mail.ts';
import { mailUserChange } from '../mails/mail-user-change.ts';
import { tellAccessChange } from '../users/manage-user.ts';
import type { StoredUser } from '../users/user.store.ts';
import type { UserChange } from '../users/user.ts';
import { isGood, type PresentedToken, readMailedToken, type StoredToken, spent } from './mail-token.ts';

export type SpendToken<Done> = {
  text: string;
  kind: TokenKind;
  /** What is dear and needed for the change, such as a hash; only for a token that is good so far. */
  prepare?: () => Promise<void>;
  /** The change of its user; undefined when there is nothing to change. */
  decide: (user: StoredUser, stamp: Stamp) => UserChange<StoredUser> | undefined;
  /** What else belongs to the transaction. */
  also?: (user: StoredUser, session: Session) => Promise<Done>;
};

/** Changes the user whose token this is and uses the token up, both or neither. Throws `invalid_token`. */
export async function spendToken<Done>(
  { text, kind, prepare, decide, also }: SpendToken<Done>,
  deps: Deps,
): Promise<{ user: StoredUser; done: Done | undefined }> {
  const presented = readMailedToken(text);
  if (!presented) throw new DomainError('invalid_token');
  return asTenant(presented.tenantId, async () => {
    if (prepare) {
      await find(presented, kind, deps);
      await prepare();
    }
    const result = await inTransaction(deps.database, async (session) => {
      const stamp = stampNow(deps.clock, correlation());
      const { token, user } = await find(presented, kind, deps, session);
      await deps.mailTokens.save(token, spent(token, stamp.now), session);
      const changed = decide(user, stamp);
      if (changed) {
        await deps.users.save(changed, session);
        await mailUserChange(changed, deps, session);
      }
      const after = changed?.after ?? user;
      return { user: after, done: await also?.(after, session) };
    });
    tellAccessChange(result.user, deps);
    return result;
  });
}

async function find(
  presented: PresentedToken,
  kind: TokenKind,
  deps: Deps,
  session?: Session,
): Promise<{ token: StoredToken; user: StoredUser }> {
  const { tenantId } = presented;
  const token = await deps.mailTokens.findByHash(presented, session);
  const user = token && (await deps.users.readWithSecrets(tenantId, token.userId, session));
  if (!user || token.kind !== kind || !isGood(token, user, deps.clock.now())) throw new DomainError('invalid_token');
  return { token, user };
}
