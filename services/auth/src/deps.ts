/**
 * Everything that auth works with, opened and closed in one place.
 * Invariant: when it is open, MongoDB has the collections and indexes, a signing key exists, the revocations of the
 * last 15 minutes are known and the first start of the relay is agreed: this process may serve.
 */
import { createVerifier, type Verifier } from '@holdfast/shared/http';
import { type Sweep, startSweep } from '@holdfast/shared/jobs';
import {
  type Relay,
  type Resync,
  relayMetrics,
  relayPositionsCollection,
  startRelay,
  startResync,
} from '@holdfast/shared/messaging';
import { createIndexes, type Database, openDatabase } from '@holdfast/shared/persistence';
import { createLogger, createMetrics, type Log, type Metrics } from '@holdfast/shared/telemetry';
import { type Clock, systemClock } from '@holdfast/shared/values';
import type { Config } from './config.ts';
import { type Keyring, openKeyring } from './keys/keyring.ts';
import { type SigningKeyStore, signingKeyStore } from './keys/signing-key.store.ts';
import { purgeEveryMs } from './limits.ts';
import { openPasswords, type Passwords } from './passwords/password-pool.ts';
import { followRevocations, type Revocations } from './revocations/revocations.ts';
import { deriveKey } from './secrets.ts';
import { purgeSessions } from './sessions/purge-sessions.job.ts';
import { type RefreshTokenStore, refreshTokenStore } from './sessions/refresh-token.store.ts';
import { type SessionStore, sessionStore } from './sessions/session.store.ts';
import { snapshots } from './snapshots.ts';
import { type TenantStore, tenantStore } from './tenants/tenant.store.ts';
import { type UserStore, userStore } from './users/user.store.ts';

export type Deps = {
  config: Config;
  log: Log;
  metrics: Metrics;
  clock: Clock;
  database: Database;
  tenants: TenantStore;
  users: UserStore;
  sessions: SessionStore;
  refreshTokens: RefreshTokenStore;
  signingKeys: SigningKeyStore;
  passwords: Passwords;
  keyring: Keyring;
  revocations: Revocations;
  verifier: Verifier;
  relay: Relay;
  resync: Resync;
  close(): Promise<void>;
};

/** The collections of auth that publish events. */
export const eventedCollections = ['tenants', 'users', 'sessions'] as const;
/** The collections of auth that belong to no tenant. */
export const globalCollections = ['tenants', 'signing_keys', relayPositionsCollection] as const;

export type OpenOptions = { clock?: Clock; log?: Log; signal?: AbortSignal };

/** Opens everything, waiting for MongoDB if it is not there yet; Redis may come later. */
export async function openDeps(config: Config, options: OpenOptions = {}): Promise<Deps> {
  const { clock = systemClock, log = createLogger({ service: 'auth', level: config.LOG_LEVEL }), signal } = options;
  const metrics = createMetrics('auth');
  const database = await openDatabase({
    uri: config.MONGODB_URI,
    name: config.DATABASE_NAME,
    evented: eventedCollections,
    global: globalCollections,
    log,
    onRefusal: () => metrics.count('tenancy_refusals_total', 'Commands that the tenancy guard refused.'),
    ...(signal ? { signal } : {}),
  });
  const stores = openStores(database);
  await createIndexes(
    database,
    Object.values(stores).map((store) => store.model),
  );
  const sealingKey = deriveKey(config.HOLDFAST_SECRET, 'signing-keys');
  const keyring = await openKeyring({ store: stores.signingKeys, sealingKey, clock, log });
  const revocations = await followRevocations({ store: stores.sessions, clock, log });
  const pepper = deriveKey(config.HOLDFAST_SECRET, 'password-pepper');
  const passwords = await openPasswords({ pepper, cost: config.PASSWORD_COST });
  metrics.gauge('password_queue_waiting', 'Passwords that wait for a thread.', passwords.waiting);
  const streams = { redisUrl: config.REDIS_URL, generation: config.STREAM_GENERATION };
  const relay = await startRelay({ ...streams, database, domain: 'auth', log, metrics: relayMetrics(metrics) });
  const resync = startResync({ ...streams, database, domain: 'auth', kinds: snapshots, log });
  const purge: Sweep = await startSweep({
    ...streams,
    name: 'auth-purge-sessions',
    everyMs: purgeEveryMs,
    run: () => purgeSessions({ sessions: stores.sessions, clock, log }),
    log,
  });
  const verifier = createVerifier({ keys: keyring.find, revocations });

  return {
    config,
    log,
    metrics,
    clock,
    database,
    ...stores,
    passwords,
    keyring,
    revocations,
    verifier,
    relay,
    resync,
    async close() {
      keyring.stop();
      await Promise.all([revocations.stop(), passwords.close(), purge.stop(), resync.stop(), relay.stop()]);
      await database.close();
    },
  };
}

function openStores(database: Database) {
  return {
    tenants: tenantStore(database),
    users: userStore(database),
    sessions: sessionStore(database),
    refreshTokens: refreshTokenStore(database),
    signingKeys: signingKeyStore(database),
  };
}
