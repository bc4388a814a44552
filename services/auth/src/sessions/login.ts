// Signing in.
// Invariant: an unknown business, an unknown address, a wrong password and a disabled account are one answer, after
// the same work.
import { DomainError } from '@holdfast/shared/errors';
import { asTenant, inTransaction } from '@holdfast/shared/persistence';
import type { Deps } from '../deps.ts';
import type { StoredUser } from '../users/user.store.ts';
import { admitsSession, type User } from '../users/user.ts';
import { openSession, type TokenPair, tokenPair } from './open-session.ts';
import type { Device } from './session.ts';

export type LoginCommand = { tenant: string; email: string; password: string; device: Device };

/** Opens a session. Throws `invalid_credentials`, or `busy` when too many passwords wait to be checked. */
export async function login(command: LoginCommand, deps: Deps): Promise<{ user: User } & TokenPair> {
  const tenant = await deps.tenants.findBySlug(command.tenant);
  const found = tenant && (await asTenant(tenant.id, () => deps.users.findByEmail(tenant.id, command.email)));
  const isActive = found?.status === 'active';
  const right = await deps.passwords.matches(
    command.password,
    isActive ? found.passwordHash : undefined,
    tenant?.id ?? 'unknown',
  );
  if (!right || !tenant || !found) {
    deps.metrics.count('sign_ins_total', 'Sign-ins by outcome.', 1, { outcome: 'refused' });
    deps.log.info({ tenantId: found?.tenantId, userId: found?.id }, 'sign-in refused');
    throw new DomainError('invalid_credentials');
  }
  const { passwordHash: _, creation: __, ...user } = found;
  const opened = await asTenant(user.tenantId, () =>
    inTransaction(deps.database, async (session) => {
      // Comparing takes a while: the password may be another one by now, or the business closed.
      const now = await deps.users.read(user.tenantId, user.id, session);
      const isOpen = (await deps.tenants.read(user.tenantId, session))?.status === 'open';
      const decided = { id: '', createdAt: deps.clock.now(), userVersion: user.version };
      if (!now || !admitsSession(now, decided) || !isOpen) throw new DomainError('invalid_credentials');
      return openSession({ user, tenant, device: command.device }, deps, session);
    }),
  );
  await renewHash(found, command.password, deps);
  deps.metrics.count('sign_ins_total', 'Sign-ins by outcome.', 1, { outcome: 'accepted' });
  deps.log.info({ tenantId: user.tenantId, userId: user.id, sessionId: opened.session.id }, 'signed in');
  return { user, ...(await tokenPair({ user, tenant }, opened, deps)) };
}

/** A hash of another cost than the one in use is replaced: the time to compare must not tell accounts apart. */
async function renewHash(user: StoredUser, password: string, deps: Deps): Promise<void> {
  const { passwordHash } = user;
  if (passwordHash === undefined || !deps.passwords.isOutdated(passwordHash)) return;
  try {
    const renewed = await deps.passwords.hash(password, user.tenantId);
    await asTenant(user.tenantId, () => deps.users.renewHash(user, renewed));
  } catch (error) {
    // The next sign-in tries again.
    deps.log.warn({ err: error, tenantId: user.tenantId, userId: user.id }, 'a hash was not renewed');
  }
}
