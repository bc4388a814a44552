// Everything that auth works with, opened in order and closed in reverse.
// Invariant: when it is open, besides what every service has, a signing key exists and the revocations of the last 15
// minutes are known: this process may serve.

import { askService, createVerifier } from '@holdfast/shared/http';
import type { Database } from '@holdfast/shared/persistence';
import { type OpeningService, openService, type ServiceOptions } from '@holdfast/shared/service';
import { deriveKey } from '@holdfast/shared/values';
import { apiKeys, openApiKeys } from './api-keys/api-key.store.ts';
import type { Config } from './config.ts';
import { openKeyring } from './keys/keyring.ts';
import { rotateDueKeys } from './keys/rotate-keys.ts';
import { openSigningKeys, signingKeys } from './keys/signing-key.store.ts';
import { dayMs, erasureEveryMs, keysDueEveryMs, mailsEveryMs, purgeEveryMs } from './limits.ts';
import { answerResetRequests } from './mail-tokens/answer-reset-requests.job.ts';
import { mailTokens, openMailTokens } from './mail-tokens/mail-token.store.ts';
import { openResetRequests, resetRequests } from './mail-tokens/reset-request.store.ts';
import { openDelivery } from './mails/delivery.ts';
import { mails, openMails } from './mails/mail.store.ts';
import { openMailSending } from './mails/send-mails.job.ts';
import { openPasswords } from './passwords/password-pool.ts';
import { followRevocations } from './revocations/revocations.ts';
import { openRoles, roles } from './roles/role.store.ts';
import { purgeSessions } from './sessions/purge-sessions.job.ts';
import { openRefreshTokens, refreshTokens } from './sessions/refresh-token.store.ts';
import { openSessions, sessions } from './sessions/session.store.ts';
import { openTenants, tenants } from './tenants/tenant.store.ts';
import { eraseDueTraces } from './users/erase-user.ts';
import { openUsers, users } from './users/user.store.ts';

/** In the order of a resync. Sessions have no snapshots: who cares for them polls. */
export const collections = [
  tenants,
  roles,
  users,
  sessions,
  apiKeys,
  refreshTokens,
  signingKeys,
  mails,
  mailTokens,
  resetRequests,
] as const;

export type Deps = Awaited<ReturnType<typeof openDeps>>;

/** Opens everything, waiting for MongoDB if it is not there yet; Redis may come later. */
export function openDeps(config: Config, options: ServiceOptions = {}) {
  return openService(
    {
      name: 'auth',
      publishes: 'auth',
      config,
      collections,
      stores: openStores,
    },
    options,
    async (service) => {
      const { stores, clock, log } = service;
      const own = await openOwn(service);
      await service.startSweep({
        name: 'auth-purge-sessions',
        everyMs: purgeEveryMs,
        run: () => purgeSessions({ sessions: stores.sessions, clock, log }),
      });
      await service.startSweep({
        name: 'auth-erase-traces',
        everyMs: erasureEveryMs,
        run: () => eraseDueTraces({ ...stores, clock, log }),
      });
      const rotation = { ...own, signingKeys: stores.signingKeys, clock, log };
      await service.startSweep({
        name: 'auth-rotate-keys',
        everyMs: keysDueEveryMs,
        run: () => rotateDueKeys(service.config.SIGNING_KEY_DAYS * dayMs, rotation),
      });
      const mail = openMail(service);
      await service.startSweep({
        name: 'auth-mails',
        everyMs: mailsEveryMs,
        async run(signal) {
          await answerResetRequests({ ...service, ...stores, mailKey: mail.mailKey }, signal);
          await mail.mailSending.run(signal);
        },
      });
      return { ...stores, ...own, ...mail };
    },
  );
}

type Stores = ReturnType<typeof openStores>;

function openStores(database: Database) {
  return {
    tenants: openTenants(database),
    roles: openRoles(database),
    users: openUsers(database),
    sessions: openSessions(database),
    apiKeys: openApiKeys(database),
    refreshTokens: openRefreshTokens(database),
    signingKeys: openSigningKeys(database),
    mails: openMails(database),
    mailTokens: openMailTokens(database),
    resetRequests: openResetRequests(database),
  };
}

async function openOwn(service: OpeningService<Config, Stores>) {
  const { config, stores, clock, log, metrics, open, onClose } = service;
  const sealingKey = deriveKey(config.HOLDFAST_SECRET, 'signing-keys');
  const keyring = await open(
    'keyring',
    () => openKeyring({ store: stores.signingKeys, sealingKey, clock, log }),
    (opened) => opened.stop(),
  );
  metrics.gauge('signing_key_age_seconds', 'Since the current signing key began to sign.', () =>
    Math.round((clock.now().getTime() - keyring.current().signsFrom.getTime()) / 1_000),
  );
  const revocations = await open(
    'revocations',
    () => followRevocations({ stores, clock, log }),
    (followed) => followed.stop(),
  );
  const pepper = deriveKey(config.HOLDFAST_SECRET, 'password-pepper');
  // Waited for also when the start is aborted: a thread that is stopped while it still loads its module aborts the
  // process.
  const passwords = await openPasswords({ pepper, cost: config.PASSWORD_COST });
  onClose('passwords', passwords.close);
  metrics.gauge('password_queue_waiting', 'Passwords that wait for a thread.', passwords.waiting);
  const refreshKey = deriveKey(config.HOLDFAST_SECRET, 'refresh-tokens');
  const askOrders = askService(config.ORDERS_URL, config.INTERNAL_TOKEN);
  return { askOrders, sealingKey, keyring, revocations, passwords, refreshKey, trust: ownTrust(keyring, revocations) };
}

function openMail({ config, stores, clock, log, metrics, onClose }: OpeningService<Config, Stores>) {
  const mailKey = deriveKey(config.HOLDFAST_SECRET, 'mails');
  const delivery = openDelivery(config);
  if (delivery) onClose('mail delivery', async () => delivery.close());
  else log.warn({}, 'SMTP_URL is not set: mails wait until they expire');
  const { mails, tenants } = stores;
  const publicUrl = config.PUBLIC_URL;
  return {
    mailKey,
    mailSending: openMailSending({ mails, tenants, mailKey, clock, log, metrics, delivery, publicUrl }),
  };
}

type Keyring = Awaited<ReturnType<typeof openKeyring>>;
type Revocations = Awaited<ReturnType<typeof followRevocations>>;

/** What the other services load from auth, this one has itself. */
function ownTrust(keyring: Keyring, revocations: Revocations) {
  return {
    verifier: createVerifier({ keys: keyring.find, revocations }),
    check: { required: true, check: () => ({ ok: true, signingKey: keyring.current().kid }) },
  };
}
