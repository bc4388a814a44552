// Ending a session early: its refresh tokens at once, its access tokens on every service within seconds.
import { correlation } from '@holdfast/shared/telemetry';
import { stampNow } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { type RevokeReason, revoke } from './session.ts';

export type EndSession = { tenantId: string; sessionId: string; reason: RevokeReason };

/** Ends the session, in the tenant's scope; does nothing if it has ended, or is unknown. */
export async function endSession({ tenantId, sessionId, reason }: EndSession, deps: Deps): Promise<void> {
  const session = await deps.sessions.read(tenantId, sessionId);
  if (!session) return;
  const ended = revoke(session, reason, stampNow(deps.clock, correlation()));
  if (!ended || !(await deps.sessions.end(ended.session, ended.events))) return;
  const { userId, revokedAt } = ended.session;
  deps.revocations.add({ sessionId, tenantId, userId, revokedAt });
  deps.log.info({ tenantId, userId, sessionId, reason }, 'session revoked');
}
