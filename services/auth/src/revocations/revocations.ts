// Access tokens that died early, as this process knows them: what it ended itself at once, what other replicas ended
// within revocationPollMs. MongoDB is the truth; Redis plays no part.

import { type Revocation, type RevocationList, revocationList } from '@holdfast/shared/http';
import type { Clock, Log } from '@holdfast/shared/values';
import type { ApiKeyStore } from '../api-keys/api-key.store.ts';
import { revocationOverlapMs, revocationPageMax, revocationPollMs, revocationWindowMs } from '../limits.ts';
import type { ChangedRole, RoleStore } from '../roles/role.store.ts';
import type { SessionStore } from '../sessions/session.store.ts';
import type { ClosedTenant, TenantStore } from '../tenants/tenant.store.ts';
import type { AccessChange, UserStore } from '../users/user.store.ts';
import type { RevokedSession } from './revocation.ts';

export type Revocations = Pick<RevocationList, 'isRevoked'> & {
  /** Lists what this process has just ended. */
  add(revocation: Revocation): void;
  /** Reads what ended since the last look. */
  poll(): Promise<void>;
  stop(): Promise<void>;
};

export type RevocationStores = {
  sessions: Pick<SessionStore, 'endedSince'>;
  users: Pick<UserStore, 'accessChangedSince'>;
  roles: Pick<RoleStore, 'changedSince'>;
  apiKeys: Pick<ApiKeyStore, 'revokedSince'>;
  tenants: Pick<TenantStore, 'closedSince'>;
};
export type RevocationOptions = { stores: RevocationStores; clock: Clock; log: Log };

/** Loads the last 15 minutes of revocations and follows them from there. */
export async function followRevocations({ stores, clock, log }: RevocationOptions): Promise<Revocations> {
  const list = revocationList(log);
  const add = (revocation: Revocation) => list.add(revocation, clock.now().getTime());
  let newest = clock.now().getTime() - revocationWindowMs;

  async function poll(): Promise<void> {
    const now = clock.now().getTime();
    const since = new Date(Math.max(now - revocationWindowMs, newest - revocationOverlapMs));
    const { sessions, accessChanges, roleChanges, closedTenants } = await everythingSince(stores, since);
    const changes = [...accessChanges, ...roleChanges, ...closedTenants];
    for (const revocation of [...sessions, ...changes]) add(revocation);
    for (const { revokedAt } of sessions) newest = Math.max(newest, revokedAt.getTime());
    for (const { changedAt } of changes) newest = Math.max(newest, changedAt.getTime());
    list.forget(now);
  }

  await poll();
  let polling: Promise<void> | undefined;
  const timer = setInterval(() => {
    if (polling) return;
    polling = poll()
      .catch((error) => log.error({ err: error }, 'revocations could not be read'))
      .finally(() => {
        polling = undefined;
      });
  }, revocationPollMs);
  timer.unref();

  return {
    isRevoked: list.isRevoked,
    add,
    poll,
    async stop() {
      clearInterval(timer);
      await polling;
    },
  };
}

/** All that died at or after this time, page by page; the window bounds how much that can be. */
export async function everythingSince(
  { sessions, users, roles, apiKeys, tenants }: RevocationStores,
  since: Date,
): Promise<{
  sessions: RevokedSession[];
  accessChanges: AccessChange[];
  roleChanges: ChangedRole[];
  closedTenants: ClosedTenant[];
}> {
  const placeOfSession = (one: RevokedSession) => ({ id: one.sessionId, time: one.revokedAt });
  const placeOfRole = ({ tenantId, role, changedAt }: ChangedRole) => ({ id: `${tenantId}/${role}`, time: changedAt });
  // The id of a key is the session of its tokens.
  const [ended, keys, accessChanges, roleChanges, closedTenants] = await Promise.all([
    readAll(since, sessions.endedSince, placeOfSession),
    readAll(since, apiKeys.revokedSince, placeOfSession),
    readAll(since, users.accessChangedSince, (one) => ({ id: one.userId, time: one.changedAt })),
    readAll(since, roles.changedSince, placeOfRole),
    readAll(since, tenants.closedSince, (one) => ({ id: one.tenantId, time: one.changedAt })),
  ]);
  return { sessions: [...ended, ...keys], accessChanges, roleChanges, closedTenants };
}

async function readAll<T>(
  since: Date,
  read: (from: Date, limit: number) => Promise<T[]>,
  placeOf: (one: T) => { id: string; time: Date },
): Promise<T[]> {
  const found = new Map<string, T>();
  for (let from = since; ; ) {
    const page = await read(from, revocationPageMax);
    const sizeBefore = found.size;
    for (const one of page) found.set(placeOf(one).id, one);
    if (page.length < revocationPageMax || found.size === sizeBefore) return [...found.values()];
    from = placeOf(page.at(-1)!).time;
  }
}
