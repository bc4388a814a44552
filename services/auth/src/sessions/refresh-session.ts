// Trading a refresh token for a new pair (RFC 9700, 4.14).
// Invariants: a token is traded at most once, for one successor. Shown again within refreshGraceMs, as by two tabs that
// wake up together, it gives that same successor for as long as that one is unused; later it ends the session, whoever
// shows it, thief or owner.
import { DomainError } from '@holdfast/shared/errors';
import { asTenant, inTransaction } from '@holdfast/shared/persistence';
import type { Deps } from '../deps.ts';
import { refreshGraceMs } from '../limits.ts';
import { admitsSessionOf, type Tenant } from '../tenants/tenant.ts';
import { admitsSession, type User } from '../users/user.ts';
import { endSession } from './end-session.ts';
import { addRefreshToken, type OpenedSession, type TokenPair, tokenPair } from './open-session.ts';
import type { StoreSession } from './refresh-token.store.ts';
import { type PresentedToken, readRefreshToken, successorOf } from './refresh-token.ts';
import { type Device, isOpen } from './session.ts';

type Traded = OpenedSession & { user: User; tenant: Tenant };

/** The next pair of the session. Throws `invalid_refresh_token`: unknown, expired, used before, session ended. */
export async function refreshSession(
  { refreshToken, address }: { refreshToken: string } & Pick<Device, 'address'>,
  deps: Deps,
): Promise<TokenPair> {
  const presented = readRefreshToken(refreshToken);
  if (!presented) throw new DomainError('invalid_refresh_token');
  return asTenant(presented.tenantId, async () => {
    const traded =
      (await inTransaction(deps.database, (session) => trade({ ...presented, address }, deps, session))) ??
      (await repeat(presented, deps));
    if (!traded) throw new DomainError('invalid_refresh_token');
    return tokenPair(traded, traded, deps);
  });
}

async function trade(
  { tenantId, hash, address }: PresentedToken & Pick<Device, 'address'>,
  deps: Deps,
  store: StoreSession,
): Promise<Traded | undefined> {
  const now = deps.clock.now();
  const token = await deps.refreshTokens.use(tenantId, hash, now, store);
  if (!token) return undefined;
  const found = await readOpen({ tenantId, sessionId: token.sessionId }, deps, store);
  // Thrown, so that the token is not marked as used: it was refused, not traded.
  if (!found) throw new DomainError('invalid_refresh_token');
  await deps.sessions.use(found.session, { address, lastUsedAt: now }, store);
  const successor = successorOf({ tenantId, hash }, deps.refreshKey);
  await addRefreshToken(found.session, successor, deps, store);
  return { ...found, refreshToken: successor.text };
}

/** The trade of a moment ago once more; a token that was traded before that ends its session. */
async function repeat({ tenantId, hash }: PresentedToken, deps: Deps): Promise<Traded | undefined> {
  const token = await deps.refreshTokens.find(tenantId, hash);
  if (!token?.usedAt) return undefined;
  const { sessionId } = token;
  if (deps.clock.now().getTime() - token.usedAt.getTime() > refreshGraceMs) {
    deps.log.warn({ tenantId, sessionId }, 'a refresh token was used twice');
    await endSession({ tenantId, sessionId, reason: 'refresh_token_reused' }, deps);
    return undefined;
  }
  const successor = successorOf({ tenantId, hash }, deps.refreshKey);
  const stored = await deps.refreshTokens.find(tenantId, successor.hash);
  const found = stored && !stored.usedAt ? await readOpen({ tenantId, sessionId }, deps) : undefined;
  return found && { ...found, refreshToken: successor.text };
}

async function readOpen(
  { tenantId, sessionId }: { tenantId: string; sessionId: string },
  deps: Deps,
  store?: StoreSession,
): Promise<Pick<Traded, 'session' | 'user' | 'tenant'> | undefined> {
  const session = await deps.sessions.read(tenantId, sessionId, store);
  if (!session || !isOpen(session, deps.clock.now())) return undefined;
  const tenant = await deps.tenants.read(tenantId, store);
  if (!tenant || !admitsSessionOf(tenant, session)) return undefined;
  const user = await deps.users.read(tenantId, session.userId, store);
  return user && admitsSession(user, session) ? { session, user, tenant } : undefined;
}
