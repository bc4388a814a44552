// A customer registers with a business.
// Invariant: an address that is taken costs what a free one costs up to the answer. The answer itself tells (409
// instead of 201), as it must where an account can be used at once without a round trip by e-mail.
import { DomainError } from '@holdfast/shared/errors';
import { asTenant, inTransaction, isDuplicateKey } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { newId, stampNow } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { queueMail } from '../mails/queue-mail.ts';
import { refuseCommonPassword } from '../passwords/password.ts';
import { openSession, type TokenPair, tokenPair } from '../sessions/open-session.ts';
import type { Device } from '../sessions/session.ts';
import { newUser, type User, userCreatedEvent } from './user.ts';

export type RegisterCommand = { tenant: string; name: string; email: string; password: string; device: Device };

/** Creates a CUSTOMER and signs it in. Throws `unknown_tenant`, `registration_refused`, `validation_failed`, `busy`. */
export async function register(command: RegisterCommand, deps: Deps): Promise<{ user: User } & TokenPair> {
  refuseCommonPassword(command.password, '/password');
  const tenant = await deps.tenants.findBySlug(command.tenant);
  if (!tenant) throw new DomainError('unknown_tenant');
  const passwordHash = await deps.passwords.hash(command.password, tenant.id);
  const { name, email } = command;
  const stamp = stampNow(deps.clock, correlation());
  const user = newUser({ id: newId('usr'), tenantId: tenant.id, email, name, role: 'CUSTOMER' }, stamp.now);
  try {
    const opened = await asTenant(tenant.id, () =>
      inTransaction(deps.database, async (session) => {
        await deps.users.add(user, { passwordHash }, [userCreatedEvent(user, stamp)], session);
        await queueMail({ user: { ...user, passwordHash }, kind: 'email_verification' }, deps, session);
        return openSession({ user, tenant, device: command.device }, deps, session);
      }),
    );
    deps.log.info({ tenantId: tenant.id, userId: user.id }, 'customer registered');
    return { user, ...(await tokenPair({ user, tenant }, opened, deps)) };
  } catch (error) {
    if (isDuplicateKey(error)) throw new DomainError('registration_refused');
    throw error;
  }
}
