/**
 * A session: one sign-in and the family of refresh tokens that come from it.
 * Invariant: it ends once, and its end is an event in the same write.
 */
import { type DomainEvent, makeEvent, sessionRevoked } from '@holdfast/shared/contracts';
import type { Correlation } from '@holdfast/shared/telemetry';
import { sessionMaxMs } from '../limits.ts';

export type RevokeReason = 'logout' | 'refresh_token_reused';

export type Session = {
  id: string;
  tenantId: string;
  userId: string;
  status: 'active' | 'revoked';
  createdAt: Date;
  expiresAt: Date;
  revokedAt?: Date;
  reason?: RevokeReason;
  version: number;
};

/** A session that starts now. */
export function newSession(facts: { id: string; tenantId: string; userId: string; now: Date }): Session {
  const { now, ...who } = facts;
  const expiresAt = new Date(now.getTime() + sessionMaxMs);
  return { ...who, status: 'active', createdAt: now, expiresAt, version: 1 };
}

/** Whether refresh tokens of this session may still be traded. */
export function isOpen(session: Session, now: Date): boolean {
  return session.status === 'active' && session.expiresAt > now;
}

export type Revocation = { now: Date; reason: RevokeReason; eventId: string; origin: Correlation };

/** The session as it ends, with its event; undefined if it has ended already. */
export function revoke(
  session: Session,
  facts: Revocation,
): { session: Session & { revokedAt: Date }; events: DomainEvent[] } | undefined {
  if (session.status === 'revoked') return undefined;
  const { now, reason } = facts;
  const version = session.version + 1;
  const revoked = { ...session, status: 'revoked' as const, revokedAt: now, reason, version };
  const event = makeEvent(sessionRevoked, {
    id: facts.eventId,
    tenantId: session.tenantId,
    subject: session.id,
    version,
    time: now,
    data: { sessionId: session.id, userId: session.userId, reason, revokedAt: now.toISOString() },
    ...facts.origin,
  });
  return { session: revoked, events: [event] };
}
