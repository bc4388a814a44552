// Signing out. Whoever holds any refresh token of a session may end it; what is unknown has ended already.
import { asTenant } from '@holdfast/shared/persistence';
import type { Deps } from '../deps.ts';
import { endOwnSessions } from '../users/own-profile.ts';
import { admitsSession } from '../users/user.ts';
import { endSession } from './end-session.ts';
import { readRefreshToken } from './refresh-token.ts';
import { isOpen } from './session.ts';

/**
 * Ends all sessions of the user whose refresh token this is; an unknown token, and one of a session that has ended,
 * changes nothing and is no error.
 */
export async function logoutAll(refreshToken: string, deps: Deps): Promise<void> {
  const presented = readRefreshToken(refreshToken);
  if (!presented) return;
  const { tenantId, hash } = presented;
  await asTenant(tenantId, async () => {
    const token = await deps.refreshTokens.find(tenantId, hash);
    const session = token && (await deps.sessions.read(tenantId, token.sessionId));
    const user = session && (await deps.users.read(tenantId, session.userId));
    // A session that was ended, by a new password say, must not be the way to end those of after.
    const isLive = session && isOpen(session, deps.clock.now()) && user && admitsSession(user, session);
    if (isLive) await endOwnSessions(session, undefined, deps);
  });
}

/** Ends the session of this refresh token; an unknown token changes nothing and is no error. */
export async function logout(refreshToken: string, deps: Deps): Promise<void> {
  const presented = readRefreshToken(refreshToken);
  if (!presented) return;
  const { tenantId, hash } = presented;
  await asTenant(tenantId, async () => {
    const token = await deps.refreshTokens.find(tenantId, hash);
    if (token) await endSession({ ...token, reason: 'logout' }, deps);
  });
}
