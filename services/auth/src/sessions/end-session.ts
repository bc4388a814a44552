// Ending a session early: its refresh tokens at once, its access tokens on every service within seconds.
import { inTransaction } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { stampNow } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { type RevokeReason, revoke, type Session } from './session.ts';

export type EndSession = {
  tenantId: string;
  sessionId: string;
  reason: RevokeReason;
  /** Only a session of this user. */
  userId?: string | undefined;
};

/** Ends the session, in the tenant's scope, and returns it; does nothing if it has ended, or is unknown. */
export async function endSession(command: EndSession, deps: Deps): Promise<Session | undefined> {
  const { tenantId, sessionId, reason } = command;
  const stamp = stampNow(deps.clock, correlation());
  const found = await inTransaction(deps.database, async (store) => {
    const session = await deps.sessions.read(tenantId, sessionId, store);
    if (!session || (command.userId !== undefined && session.userId !== command.userId)) return undefined;
    const ended = revoke(session, reason, stamp);
    if (ended) await deps.sessions.end({ before: session, after: ended.session, events: ended.events }, store);
    return { session, ended };
  });
  if (found?.ended) {
    const { userId } = found.ended.session;
    deps.revocations.add({ sessionId, tenantId });
    deps.log.info({ tenantId, userId, sessionId, reason }, 'session revoked');
  }
  return found?.session;
}
