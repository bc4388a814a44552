// Sessions that ended before their tokens did. Every process holds the list in memory, fed by auth's stream and,
// beside it, by a poll.
// Invariant: once the list was loaded, a revocation is known here within 5 s, with or without Redis; memory is bounded.
import { z } from 'zod';
import { type DomainEvent, isEvent, sessionRevoked } from '../contracts/index.ts';
import { type Log, systemClock, withTimeout } from '../values/index.ts';
import type { AskAuth } from './auth-client.ts';
import {
  revocationCountMax,
  revocationsOverlapMs,
  revocationsPollMs,
  revocationTtlMs,
  tailStopTimeoutMs,
} from './limits.ts';

/** Answer of `GET /internal/revocations?since=`. */
export const revocationsAnswer = z.object({
  revocations: z.array(z.object({ sessionId: z.string(), tenantId: z.string(), revokedAt: z.iso.datetime() })),
  now: z.iso.datetime(),
});

/** Follows auth's event stream from now on; `tailStreams` of messaging with the stream `auth`. */
export type FollowAuth = (onEvent: (event: DomainEvent) => void) => Promise<{ stop(): unknown }>;
export type RevokedListener = (sessionId: string, tenantId: string) => void;

export type Revocations = {
  isRevoked(sessionId: string): boolean;
  /** Calls the listener once per session that is revoked from now on; returns how to stop. */
  onRevoked(listener: RevokedListener): () => void;
  /** Reads the list from auth; throws when auth does not answer. */
  load(): Promise<void>;
  isLoaded(): boolean;
  /** Time since the list was last confirmed by auth, in milliseconds; Infinity before the first time. */
  ageMs(): number;
  size(): number;
  stop(): Promise<void>;
};

export type RevocationsOptions = { ask: AskAuth; log: Log; follow?: FollowAuth | undefined; pollMs?: number };

/** The list itself: session id -> when it was learned. Map order is age, so forgetting starts at the front. */
export function revocationList(log: Log, countMax = revocationCountMax) {
  const known = new Map<string, number>();
  const listeners = new Set<RevokedListener>();

  function forget(nowMs: number): void {
    for (const [sessionId, learnedMs] of known) {
      if (nowMs - learnedMs < revocationTtlMs && known.size <= countMax) return;
      if (nowMs - learnedMs < revocationTtlMs)
        log.error({ countMax }, 'too many revocations: the oldest is forgotten early');
      known.delete(sessionId);
    }
  }

  return {
    add(sessionId: string, tenantId: string, nowMs = Date.now()): void {
      if (known.has(sessionId)) return;
      known.set(sessionId, nowMs);
      forget(nowMs);
      for (const listener of listeners) listener(sessionId, tenantId);
    },
    forget,
    isRevoked: (sessionId: string) => known.has(sessionId),
    onRevoked(listener: RevokedListener): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    size: () => known.size,
  };
}

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
    for (const { sessionId, tenantId } of answer.revocations) list.add(sessionId, tenantId);
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
    if (!isEvent(event, sessionRevoked)) return;
    const { sessionId } = event.data;
    if (typeof sessionId === 'string') list.add(sessionId, event.tenantid);
  }).catch((error) => {
    log.warn({ err: error }, 'auth stream not followed: revocations come by poll only');
    return undefined;
  });

  return {
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
