// Access tokens that are dead before they expire, in memory: those of a session that ended, and those of a user from
// before its rights changed or its sessions ended.
// Invariant: an entry stays for longer than any token that it concerns can live; memory is bounded.
import type { Log } from '../values/index.ts';
import type { Auth } from './auth.ts';
import { revocationCountMax, revocationTtlMs } from './limits.ts';

export type SessionRevocation = { sessionId: string; tenantId: string };
/** Tokens of the user with a lower version are dead, but for those of the excepted session. */
export type AccessChange = {
  userId: string;
  tenantId: string;
  accessVersion: number;
  exceptSessionId?: string | undefined;
};
/** Tokens of a tenant's own role with a lower version of it are dead. */
export type RoleChange = { tenantId: string; role: string; roleVersion: number };
/** Tokens of the business with a lower version are dead: it was closed. */
export type ClosedTenant = { tenantId: string; tenantVersion: number };
/** Tokens signed with the key are dead: it is in the key set no more, long before its last one would expire. */
export type RetiredKey = { keyId: string };
export type Revocation = SessionRevocation | AccessChange | RoleChange | ClosedTenant | RetiredKey;
/** What decides of a token whether it is dead. */
export type TokenFacts = Pick<
  Auth,
  'sessionId' | 'userId' | 'accessVersion' | 'tenantId' | 'tenantVersion' | 'role' | 'roleVersion' | 'keyId'
>;
export type RevokedListener = (revocation: Revocation) => void;

export type RevocationList = ReturnType<typeof revocationList>;

type Entry = { id: string; version?: number; exceptSessionId?: string | undefined };
type Known = Omit<Entry, 'id'> & { learnedMs: number };

const roleKey = (tenantId: string, role: string) => `${tenantId}/${role}`;

function entryOf(revocation: Revocation): Entry {
  if ('keyId' in revocation) return { id: revocation.keyId };
  if ('sessionId' in revocation) return { id: revocation.sessionId };
  if ('roleVersion' in revocation) {
    return { id: roleKey(revocation.tenantId, revocation.role), version: revocation.roleVersion };
  }
  if ('tenantVersion' in revocation) return { id: revocation.tenantId, version: revocation.tenantVersion };
  const { userId: id, accessVersion: version, exceptSessionId } = revocation;
  return { id, version, exceptSessionId };
}

/** An empty list. Map order is age, so forgetting starts at the front. */
export function revocationList(log: Pick<Log, 'error'>, countMax = revocationCountMax) {
  const known = new Map<string, Known>();
  const listeners = new Set<RevokedListener>();

  function forget(nowMs: number): void {
    for (const [id, { learnedMs }] of known) {
      const isYoung = nowMs - learnedMs < revocationTtlMs;
      if (isYoung && known.size <= countMax) return;
      if (isYoung) log.error({ countMax }, 'too many revocations: the oldest is forgotten early');
      known.delete(id);
    }
  }

  return {
    /** Adds what is new, and tells the listeners. */
    add(revocation: Revocation, nowMs = Date.now()): void {
      const { id, ...entry } = entryOf(revocation);
      const before = known.get(id);
      if (before && (entry.version === undefined || before.version! >= entry.version)) return;
      known.delete(id);
      known.set(id, { ...entry, learnedMs: nowMs });
      forget(nowMs);
      for (const listener of listeners) listener(revocation);
    },
    forget,
    isRevoked(token: TokenFacts): boolean {
      if (known.size === 0) return false;
      const { sessionId, userId, accessVersion, tenantId, tenantVersion, role, roleVersion, keyId } = token;
      if (known.has(sessionId) || known.has(keyId)) return true;
      if (tenantVersion < (known.get(tenantId)?.version ?? 0)) return true;
      const user = known.get(userId);
      if (user && accessVersion < user.version! && sessionId !== user.exceptSessionId) return true;
      return roleVersion > 0 && roleVersion < (known.get(roleKey(tenantId, role))?.version ?? 0);
    },
    /** Calls the listener once per revocation from now on; returns how to stop. */
    onRevoked(listener: RevokedListener): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    size: () => known.size,
  };
}
