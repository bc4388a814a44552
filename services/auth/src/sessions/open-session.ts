// What every sign-in ends with: a session, its first refresh token, and an access token.
import { randomBytes } from 'node:crypto';
import { asTenant } from '@holdfast/shared/persistence';
import { newId } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { signAccessToken } from '../keys/access-token.ts';
import { accessTokenSeconds, refreshSecretBytes, refreshTokenIdleMs } from '../limits.ts';
import { roleOf } from '../roles/give-role.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { User } from '../users/user.ts';
import type { StoreSession } from './refresh-token.store.ts';
import { newRefreshToken, type RefreshToken } from './refresh-token.ts';
import { type Device, newSession, type Session } from './session.ts';

export type TokenPair = { accessToken: string; refreshToken: string; expiresIn: number };
export type OpenedSession = { session: Session; refreshToken: string };

/**
 * Stores a new session with its first refresh token, in the caller's transaction. User and business are those that the
 * sign-in was decided on, which may have changed since.
 */
export async function openSession(
  { user, tenant, device }: { user: User; tenant: Tenant; device: Device },
  deps: Deps,
  store: StoreSession,
): Promise<OpenedSession> {
  const who = { id: newId('ses'), tenantId: user.tenantId, userId: user.id };
  const decidedOn = { userVersion: user.version, tenantVersion: tenant.version };
  const session = newSession({ ...who, ...decidedOn, device, now: deps.clock.now() });
  await deps.sessions.add(session, store);
  const token = newRefreshToken(user.tenantId, randomBytes(refreshSecretBytes));
  await addRefreshToken(session, token, deps, store);
  return { session, refreshToken: token.text };
}

/** Stores one more refresh token of a session; it never outlives the session. */
export async function addRefreshToken(
  session: Session,
  { hash }: RefreshToken,
  deps: Pick<Deps, 'clock' | 'refreshTokens'>,
  store: StoreSession,
): Promise<void> {
  const now = deps.clock.now();
  const idle = now.getTime() + refreshTokenIdleMs;
  const expiresAt = new Date(Math.min(idle, session.expiresAt.getTime()));
  await deps.refreshTokens.add(
    { hash, tenantId: session.tenantId, sessionId: session.id, createdAt: now, expiresAt },
    store,
  );
}

/** The pair of tokens that a client gets. */
export async function tokenPair(
  { user, tenant }: { user: User; tenant: Tenant },
  opened: OpenedSession,
  deps: Deps,
): Promise<TokenPair> {
  const { id: userId, tenantId, role, accessVersion } = user;
  const rights = await asTenant(tenantId, () => roleOf({ tenantId, role }, deps));
  const facts = { userId, tenantId, role: rights, accessVersion, sessionId: opened.session.id, tenant };
  const accessToken = await signAccessToken(deps.keyring.current(), facts, { now: deps.clock.now() });
  return { accessToken, refreshToken: opened.refreshToken, expiresIn: accessTokenSeconds };
}
