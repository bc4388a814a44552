// The open sessions of a user. Invariant: one that its user has ended, with all others or by a new password, is not
// shown, although it is not marked as ended itself.
import { DomainError } from '@holdfast/shared/errors';
import type { PageRange } from '@holdfast/shared/persistence';
import type { Deps } from '../deps.ts';
import { sessionMaxMs } from '../limits.ts';
import { admitsSessionOf } from '../tenants/tenant.ts';
import { admitsSession } from '../users/user.ts';
import { sessions } from './session.store.ts';
import { isOpen, type Session } from './session.ts';

export type ListSessions = { tenantId: string; userId: string; page: PageRange };

/** A page of the user's open sessions, newest first. Throws `not_found`. */
export async function listSessions({ tenantId, userId, page }: ListSessions, deps: Deps): Promise<Session[]> {
  const [user, tenant] = [await deps.users.read(tenantId, userId), await deps.tenants.read(tenantId)];
  if (!user || !tenant) throw new DomainError('not_found');
  const now = deps.clock.now();
  const endedUntil = [user.sessionsFrom, tenant.accessChangedAt].map((time) => time?.getTime() ?? 0);
  const oldest = new Date(Math.max(now.getTime() - sessionMaxMs, ...endedUntil));
  const found = await deps.sessions.list(tenantId, userId, { ...page, from: oldest });
  if (found.length === page.limit || user.keptSessionId === undefined) return found;
  // The one that ended the others is older than what they are listed from.
  const kept = await deps.sessions.read(tenantId, user.keptSessionId);
  const isOlder =
    kept && kept.createdAt < oldest && isOpen(kept, now) && admitsSession(user, kept) && admitsSessionOf(tenant, kept);
  return isOlder && isAfter(kept, page) ? [...found, kept] : found;
}

function isAfter(session: Session, { after }: PageRange): boolean {
  return after === undefined || String(sessions.placeOf(session).sort) < String(after.sort);
}
