// Trading a refresh token for a new pair (RFC 9700, 4.14).
// Invariant: a token is traded at most once. Whoever shows it a second time, thief or owner, ends the session: of any
// number of simultaneous trades one succeeds, the others get 401, and the family is dead afterwards, the fresh pair
// included. A client therefore never refreshes twice at once.
import { DomainError } from '@holdfast/shared/errors';
import { asTenant, inTransaction } from '@holdfast/shared/persistence';
import type { Deps } from '../deps.ts';
import { admitsSession, type User } from '../users/user.ts';
import { endSession } from './end-session.ts';
import { addRefreshToken, type OpenedSession, type TokenPair, tokenPair } from './open-session.ts';
import type { StoreSession } from './refresh-token.store.ts';
import { type PresentedToken, readRefreshToken } from './refresh-token.ts';
import { type Device, isOpen } from './session.ts';

/** The next pair of the session. Throws `invalid_refresh_token`: unknown, expired, used before, session ended. */
export async function refreshSession(
  { refreshToken, address }: { refreshToken: string } & Pick<Device, 'address'>,
  deps: Deps,
): Promise<TokenPair> {
  const presented = readRefreshToken(refreshToken);
  if (!presented) throw new DomainError('invalid_refresh_token');
  return asTenant(presented.tenantId, async () => {
    const traded = await inTransaction(deps.database, (session) => trade({ ...presented, address }, deps, session));
    if (traded) return tokenPair(traded.user, traded, deps);
    await endIfUsedBefore(presented, deps);
    throw new DomainError('invalid_refresh_token');
  });
}

async function trade(
  { tenantId, hash, address }: PresentedToken & Pick<Device, 'address'>,
  deps: Deps,
  store: StoreSession,
): Promise<(OpenedSession & { user: User }) | undefined> {
  const now = deps.clock.now();
  const token = await deps.refreshTokens.use(tenantId, hash, now, store);
  if (!token) return undefined;
  const session = await deps.sessions.read(tenantId, token.sessionId, store);
  const user = session && isOpen(session, now) ? await deps.users.read(tenantId, session.userId, store) : undefined;
  // Thrown, so that the token is not marked as used: it was refused, not traded.
  if (!session || !user || !admitsSession(user, session)) throw new DomainError('invalid_refresh_token');
  await deps.sessions.use(session, { address, lastUsedAt: now }, store);
  return { session, user, refreshToken: await addRefreshToken(session, deps, store) };
}

async function endIfUsedBefore({ tenantId, hash }: PresentedToken, deps: Deps): Promise<void> {
  const token = await deps.refreshTokens.find(tenantId, hash);
  if (!token?.usedAt) return;
  deps.log.warn({ tenantId, sessionId: token.sessionId }, 'a refresh token was used twice');
  await endSession({ ...token, reason: 'refresh_token_reused' }, deps);
}
