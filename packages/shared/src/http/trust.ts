// What a process needs from auth before it may serve: keys and revocations, each loaded once.
// Auth may come up after us, and go down later.
import { setTimeout as delay } from 'node:timers/promises';
// The file, not the index: the gateway has no database, and loading its driver is a fifth of its start.
import { tailStreams } from '../messaging/streams/tail.ts';
import type { Log } from '../values/index.ts';
import type { Verifier } from './auth.ts';
import type { HealthCheck } from './health.ts';
import { remoteKeys } from './keys.ts';
import { authRetryMaxMs, authRetryMinMs } from './limits.ts';
import { type FollowAuth, type Revocations, startRevocations } from './revocations.ts';
import { askService } from './service-client.ts';
import { createVerifier } from './verifier.ts';

export type TrustOptions = {
  /** One address of auth, or several separated by commas. */
  authUrl: string;
  internalToken: string;
  log: Log;
  /** Where auth's event stream is; without it revocations come by poll only. */
  streams?: { redisUrl: string; generation: string } | undefined;
};

export type Trust = {
  verifier: Verifier;
  revocations: Revocations;
  /** Resolves when keys and revocations were loaded once; rejects only when stopped before. */
  ready: Promise<void>;
  /** For `health.checks`: required, and never failing again once loaded. */
  check: HealthCheck;
  stop(): Promise<void>;
};

/** Starts to load keys and revocations, again and again until auth answers; does not wait for it. */
export function startTrust({ authUrl, internalToken, log, streams }: TrustOptions): Trust {
  const keys = remoteKeys({ ask: askService(authUrl), log });
  const follow: FollowAuth | undefined =
    streams && ((onEntry) => tailStreams({ ...streams, stream: 'auth', onEntry, log }));
  const revocations = startRevocations({ ask: askService(authUrl, internalToken), log, follow });
  // In an ordinary rotation its tokens have expired by then; a compromised key takes its tokens and sockets along.
  keys.onRetired((keyId) => revocations.add({ keyId }));
  const stopping = new AbortController();

  async function loadUntilDone(): Promise<void> {
    for (let waitMs = authRetryMinMs; ; waitMs = Math.min(waitMs * 2, authRetryMaxMs)) {
      try {
        await Promise.all([keys.isLoaded() || keys.load(), revocations.isLoaded() || revocations.load()]);
        log.info({ revocations: revocations.size() }, 'keys and revocations loaded');
        return;
      } catch (error) {
        log.info({ reason: error instanceof Error ? error.message : String(error) }, 'auth does not answer yet');
      }
      await delay(waitMs, undefined, { signal: stopping.signal });
    }
  }
  const ready = loadUntilDone();
  ready.catch(() => undefined);

  /** Milliseconds since auth last confirmed the list; grows while auth is down. */
  const age = () => (revocations.isLoaded() ? Math.round(revocations.ageMs()) : null);

  return {
    verifier: createVerifier({ keys: keys.get, revocations }),
    revocations,
    ready,
    check: {
      required: true,
      check: () => ({
        ok: keys.isLoaded() && revocations.isLoaded(),
        revocations: revocations.size(),
        revocationsAgeMs: age(),
      }),
    },
    async stop() {
      stopping.abort();
      keys.stop();
      await revocations.stop();
    },
  };
}
