// A session: one sign-in and the family of refresh tokens that come from it.
// Invariants: it ends once, and its end is an event in the same write; it names the versions of its user and business
// that the sign-in was decided on, so that what ended sessions meanwhile ends this one too.
import { type DomainEvent, makeEvent, sessionRevoked } from '@holdfast/shared/contracts';
import type { Stamp } from '@holdfast/shared/values';
import { sessionMaxMs } from '../limits.ts';

export const revokeReasons = ['logout', 'refresh_token_reused', 'ended'] as const;
export type RevokeReason = (typeof revokeReasons)[number];

/** From where a session is used. */
export type Device = { userAgent: string; address: string };

export type Session = {
  id: string;
  tenantId: string;
  userId: string;
  status: 'active' | 'revoked';
  userAgent: string;
  /** Of its last use. */
  address: string;
  createdAt: Date;
  /** When it was opened or refreshed last. */
  lastUsedAt: Date;
  expiresAt: Date;
  /** Absent in sessions of an older release: then the time of its start decides alone. */
  userVersion?: number | undefined;
  tenantVersion?: number | undefined;
  revokedAt?: Date;
  reason?: RevokeReason;
  version: number;
};

type NewSession = Pick<Session, 'id' | 'tenantId' | 'userId' | 'userVersion' | 'tenantVersion'> & {
  device: Device;
  now: Date;
};

/** A session that starts now. */
export function newSession(facts: NewSession): Session {
  const { now, device, ...who } = facts;
  const expiresAt = new Date(now.getTime() + sessionMaxMs);
  return { ...who, ...device, status: 'active', createdAt: now, lastUsedAt: now, expiresAt, version: 1 };
}

/** Whether refresh tokens of this session may still be traded. */
export function isOpen(session: Session, now: Date): boolean {
  return session.status === 'active' && session.expiresAt > now;
}

/** The session as it ends, with its event; undefined if it has ended already. */
export function revoke(
  session: Session,
  reason: RevokeReason,
  stamp: Stamp,
): { session: Session & { revokedAt: Date }; events: DomainEvent[] } | undefined {
  if (session.status === 'revoked') return undefined;
  const revokedAt = stamp.now;
  const revoked = { ...session, status: 'revoked' as const, revokedAt, reason, version: session.version + 1 };
  const data = { sessionId: session.id, userId: session.userId, reason, revokedAt: revokedAt.toISOString() };
  return { session: revoked, events: [makeEvent(sessionRevoked, revoked, stamp, data)] };
}
