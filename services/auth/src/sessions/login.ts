// Signing in.
// Invariant: an unknown business, an unknown address, a wrong password and a disabled account are one answer, after
// the same work.
import { DomainError } from '@holdfast/shared/errors';
import { asTenant, inTransaction } from '@holdfast/shared/persistence';
import type { Deps } from '../deps.ts';
import type { User } from '../users/user.ts';
import { openSession, type TokenPair, tokenPair } from './open-session.ts';
import type { Device } from './session.ts';

export type LoginCommand = { tenant: string; email: string; password: string; device: Device };

/** Opens a session. Throws `invalid_credentials`, or `busy` when too many passwords wait to be checked. */
export async function login(command: LoginCommand, deps: Deps): Promise<{ user: User } & TokenPair> {
  const tenant = await deps.tenants.findBySlug(command.tenant);
  const found = tenant && (await asTenant(tenant.id, () => deps.users.findByEmail(tenant.id, command.email)));
  const isActive = found?.status === 'active';
  const right = await deps.passwords.matches(command.password, isActive ? found.passwordHash : undefined);
  if (!right || !tenant || !found) {
    deps.metrics.count('sign_ins_total', 'Sign-ins by outcome.', 1, { outcome: 'refused' });
    deps.log.info({ tenantId: found?.tenantId, userId: found?.id }, 'sign-in refused');
    throw new DomainError('invalid_credentials');
  }
  const { passwordHash: _, creation: __, ...user } = found;
  const opened = await asTenant(user.tenantId, () =>
    inTransaction(deps.database, (session) => openSession({ user, device: command.device }, deps, session)),
  );
  deps.metrics.count('sign_ins_total', 'Sign-ins by outcome.', 1, { outcome: 'accepted' });
  deps.log.info({ tenantId: user.tenantId, userId: user.id, sessionId: opened.session.id }, 'signed in');
  return { user, ...(await tokenPair({ user, tenant }, opened, deps)) };
}
