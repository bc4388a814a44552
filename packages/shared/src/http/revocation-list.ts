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
export type Revocation = SessionRevocation | AccessChange;
/** What decides of a token whether it is dead. */
export type TokenFacts = Pick<Auth, 'sessionId' | 'userId' | 'accessVersion'>;
export type RevokedListener = (revocation: Revocation) => void;

export type RevocationList = ReturnType<typeof revocationList>;

type Known = { learnedMs: number; accessVersion?: number; exceptSessionId?: string | undefined };

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
      const isUser = 'userId' in revocation && 'accessVersion' in revocation;
      const id = isUser ? revocation.userId : (revocation as SessionRevocation).sessionId;
      const before = known.get(id);
      if (before && (!isUser || before.accessVersion! >= revocation.accessVersion)) return;
      known.delete(id);
      const { accessVersion, exceptSessionId } = isUser ? revocation : ({} as Partial<AccessChange>);
      known.set(id, { learnedMs: nowMs, ...(accessVersion === undefined ? {} : { accessVersion, exceptSessionId }) });
      forget(nowMs);
      for (const listener of listeners) listener(revocation);
    },
    forget,
    isRevoked({ sessionId, userId, accessVersion }: TokenFacts): boolean {
      if (known.has(sessionId)) return true;
      const user = known.get(userId);
      return user !== undefined && accessVersion < user.accessVersion! && sessionId !== user.exceptSessionId;
    },
    /** Calls the listener once per revocation from now on; returns how to stop. */
    onRevoked(listener: RevokedListener): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    size: () => known.size,
  };
}
