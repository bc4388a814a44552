// Tokens that died before they expired. Every process holds the list in memory, fed by auth's stream and,
// beside it, by a poll.
// Invariant: once the list was loaded, a revocation is known here within 5 s, with or without Redis.
import { z } from 'zod';
import {
  apiKeyRevoked,
  type DomainEvent,
  isEvent,
  sessionRevoked,
  tenantUpdated,
  userDeleted,
  userErased,
  userUpdated,
} from '../contracts/index.ts';
import { type Log, systemClock, withTimeout } from '../values/index.ts';
import { revocationsOverlapMs, revocationsPollMs, revocationTtlMs, tailStopTimeoutMs } from './limits.ts';
import { type Revocation, type RevocationList, revocationList } from './revocation-list.ts';
import type { AskService } from './service-client.ts';

/** Answer of `GET /internal/revocations?since=`. */
export const revocationsAnswer = z.object({
  revocations: z.array(z.object({ sessionId: z.string(), tenantId: z.string(), revokedAt: z.iso.datetime() })),
  // Absent from an auth of an older release, beside which this one is started.
  accessChanges: z
    .array(
      z.object({
        userId: z.string(),
        tenantId: z.string(),
        accessVersion: z.int(),
        exceptSessionId: z.string().optional(),
        changedAt: z.iso.datetime(),
      }),
    )
    .default([]),
  roleChanges: z
    .array(z.object({ tenantId: z.string(), role: z.string(), roleVersion: z.int(), changedAt: z.iso.datetime() }))
    .default([]),
  closedTenants: z
    .array(z.object({ tenantId: z.string(), tenantVersion: z.int(), changedAt: z.iso.datetime() }))
    .default([]),
  now: z.iso.datetime(),
});

/** Follows auth's event stream from now on; `tailStreams` of messaging with the stream `auth`. */
export type FollowAuth = (onEvent: (event: DomainEvent) => void) => Promise<{ stop(): unknown }>;

export type Revocations = Pick<RevocationList, 'add' | 'isRevoked' | 'onRevoked'> & {
  /** Reads the list from auth; throws when auth does not answer. */
  load(): Promise<void>;
  isLoaded(): boolean;
  /** Time since the list was last confirmed by auth, in milliseconds; Infinity before the first time. */
  ageMs(): number;
  size(): number;
  stop(): Promise<void>;
};

export type RevocationsOptions = { ask: AskService; log: Log; follow?: FollowAuth | undefined; pollMs?: number };

/**
 * Starts to follow and to poll; nothing is revoked until the list was loaded once,
 * so wait for `isLoaded` before serving.
 */
export function startRevocations({ ask, log, follow, pollMs = revocationsPollMs }: RevocationsOptions): Revocations {
  const list = revocationList(log);
  let since: string | undefined;
  let confirmedMs: number | undefined;
  let polling: Promise<void> | undefined;

  async function poll(): Promise<void> {
    const from = since ?? new Date(Date.now() - revocationTtlMs).toISOString();
    const answer = revocationsAnswer.parse(await ask(`/internal/revocations?since=${encodeURIComponent(from)}`));
    const { revocations, accessChanges, roleChanges, closedTenants } = answer;
    for (const one of [...revocations, ...accessChanges, ...roleChanges, ...closedTenants]) list.add(one);
    since = new Date(Date.parse(answer.now) - revocationsOverlapMs).toISOString();
    confirmedMs = performance.now();
    list.forget(Date.now());
  }
  function load(): Promise<void> {
    polling ??= poll().finally(() => {
      polling = undefined;
    });
    return polling;
  }

  const timer = setInterval(() => {
    if (confirmedMs !== undefined) load().catch((error) => log.warn({ err: error }, 'revocations not polled'));
  }, pollMs).unref();
  const tail = follow?.((event) => {
    const revocation = revocationIn(event);
    if (revocation) list.add(revocation);
  }).catch((error) => {
    log.warn({ err: error }, 'auth stream not followed: revocations come by poll only');
    return undefined;
  });

  return {
    add: list.add,
    isRevoked: list.isRevoked,
    onRevoked: list.onRevoked,
    load,
    isLoaded: () => confirmedMs !== undefined,
    ageMs: () => (confirmedMs === undefined ? Number.POSITIVE_INFINITY : performance.now() - confirmedMs),
    size: list.size,
    async stop() {
      clearInterval(timer);
      await polling?.catch(() => undefined);
      // A tail that never found Redis has nothing to stop, and must not hold up the end.
      const stopped = tail?.then((running) => running?.stop());
      if (stopped) await withTimeout(systemClock, tailStopTimeoutMs, stopped, () => {});
    },
  };
}

/** What an event of auth revokes, if anything. */
function revocationIn(event: DomainEvent): Revocation | undefined {
  const { tenantid: tenantId } = event;
  if (isEvent(event, sessionRevoked)) {
    const { sessionId } = event.data;
    return typeof sessionId === 'string' ? { sessionId, tenantId } : undefined;
  }
  if (isEvent(event, apiKeyRevoked)) {
    const { apiKeyId } = event.data;
    return typeof apiKeyId === 'string' ? { sessionId: apiKeyId, tenantId } : undefined;
  }
  if (isEvent(event, tenantUpdated)) {
    const { accessVersion: tenantVersion = 0 } = event.data;
    return tenantVersion > 0 ? { tenantId, tenantVersion } : undefined;
  }
  if (!isEvent(event, userUpdated) && !isEvent(event, userDeleted) && !isEvent(event, userErased)) return undefined;
  const { userId, accessVersion, exceptSessionId } = event.data;
  const isKnown = typeof userId === 'string' && typeof accessVersion === 'number';
  return isKnown ? { userId, tenantId, accessVersion, exceptSessionId } : undefined;
}
