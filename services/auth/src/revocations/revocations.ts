// The sessions that ended early, as this process knows them: what it ended itself at once, what other replicas ended
// within revocationPollMs. MongoDB is the truth; Redis plays no part.
// Invariant: a session stays listed for longer than any access token of it can live.
import type { Clock, Log } from '@holdfast/shared/values';
import { revocationOverlapMs, revocationPageMax, revocationPollMs, revocationWindowMs } from '../limits.ts';
import type { SessionStore } from '../sessions/session.store.ts';
import type { RevokedSession } from './revocation.ts';

export type Revocations = {
  isRevoked(sessionId: string): boolean;
  /** Lists a session that this process has just ended. */
  add(session: RevokedSession): void;
  /** Reads what ended since the last look. */
  poll(): Promise<void>;
  stop(): Promise<void>;
};

export type RevocationOptions = {
  store: Pick<SessionStore, 'endedSince'>;
  clock: Clock;
  log: Log;
};

/** Loads the last 15 minutes of revocations and follows them from there. */
export async function followRevocations({ store, clock, log }: RevocationOptions): Promise<Revocations> {
  const revokedAt = new Map<string, number>();
  let newest = clock.now().getTime() - revocationWindowMs;

  function add(session: RevokedSession): void {
    revokedAt.set(session.sessionId, session.revokedAt.getTime());
  }

  async function poll(): Promise<void> {
    const oldest = clock.now().getTime() - revocationWindowMs;
    const since = Math.max(oldest, newest - revocationOverlapMs);
    for (const session of await everythingSince(store, new Date(since))) {
      add(session);
      newest = Math.max(newest, session.revokedAt.getTime());
    }
    for (const [sessionId, time] of revokedAt) {
      if (time < oldest) revokedAt.delete(sessionId);
    }
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
    isRevoked: (sessionId) => revokedAt.has(sessionId),
    add,
    poll,
    async stop() {
      clearInterval(timer);
      await polling;
    },
  };
}

/** All sessions that ended at or after this time, page by page; the window bounds how many that can be. */
export async function everythingSince(store: Pick<SessionStore, 'endedSince'>, since: Date): Promise<RevokedSession[]> {
  const found = new Map<string, RevokedSession>();
  for (let from = since; ; ) {
    const page = await store.endedSince(from, revocationPageMax);
    const sizeBefore = found.size;
    for (const session of page) found.set(session.sessionId, session);
    if (page.length < revocationPageMax || found.size === sizeBefore) return [...found.values()];
    from = page.at(-1)!.revokedAt;
  }
}
