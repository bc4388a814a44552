// Using a mailed token.
// Invariants: a token that is unknown, used, expired or voided, whatever its form, is one answer; it is used up in the
// transaction of what it is used for.
import { DomainError } from '@holdfast/shared/errors';
import { asTenant, inTransaction, type Session } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Stamp, stampNow } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import type { TokenKind } from '../mails/mail.ts';
import { mailUserChange } from '../mails/mail-user-change.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { tellAccessChange } from '../users/manage-user.ts';
import type { StoredUser } from '../users/user.store.ts';
import type { UserChange } from '../users/user.ts';
import { isGood, type PresentedToken, readMailedToken, type StoredToken, spent } from './mail-token.ts';

/** What somebody sent, and what for. */
type Shown = { text: string; kind: TokenKind };
export type SpendToken<Done> = Shown & {
  /** The change of its user; undefined when there is nothing to change. */
  decide: (user: StoredUser, stamp: Stamp) => UserChange<StoredUser> | undefined;
  /** What else belongs to the transaction. */
  also: (who: { user: StoredUser; tenant: Tenant }, session: Session) => Promise<Done>;
};

/** Whose token it is. Throws `invalid_token` unless it could be used now. */
export async function assertGood({ text, kind }: Shown, deps: Deps): Promise<{ tenantId: string }> {
  const presented = read(text);
  await asTenant(presented.tenantId, () => find(presented, kind, deps));
  return { tenantId: presented.tenantId };
}

/** Changes the user whose token this is and uses the token up, both or neither. Throws `invalid_token`. */
export async function spendToken<Done>(
  { text, kind, decide, also }: SpendToken<Done>,
  deps: Deps,
): Promise<{ user: StoredUser; tenant: Tenant; done: Done }> {
  const presented = read(text);
  const result = await asTenant(presented.tenantId, () =>
    inTransaction(deps.database, async (session) => {
      const stamp = stampNow(deps.clock, correlation());
      const { token, user, tenant } = await find(presented, kind, deps, session);
      await deps.mailTokens.save(token, spent(token, stamp.now), session);
      const changed = decide(user, stamp);
      if (changed) {
        await deps.users.save(changed, session);
        await mailUserChange(changed, deps, session);
      }
      const after = changed?.after ?? user;
      return { user: after, tenant, done: await also({ user: after, tenant }, session) };
    }),
  );
  tellAccessChange(result.user, deps);
  return result;
}

function read(text: string): PresentedToken {
  const presented = readMailedToken(text);
  if (!presented) throw new DomainError('invalid_token');
  return presented;
}

async function find(
  presented: PresentedToken,
  kind: TokenKind,
  deps: Deps,
  session?: Session,
): Promise<{ token: StoredToken; user: StoredUser; tenant: Tenant }> {
  const token = await deps.mailTokens.findByHash(presented, session);
  const user = token && (await deps.users.readWithSecrets(presented.tenantId, token.userId, session));
  const isUsable = user && token.kind === kind && isGood(token, user, deps.clock.now());
  const tenant = isUsable ? await deps.tenants.read(presented.tenantId, session) : undefined;
  if (!isUsable || tenant?.status !== 'open') throw new DomainError('invalid_token');
  return { token, user, tenant };
}
