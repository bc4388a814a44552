// A business signs up: the tenant, its first OWNER and the OWNER's session come to be together or not at all.
import { DomainError } from '@holdfast/shared/errors';
import { asTenant, inTransaction, isDuplicateKey } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { newId, stampNow } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { refuseCommonPassword } from '../passwords/password.ts';
import { openSession, type TokenPair, tokenPair } from '../sessions/open-session.ts';
import type { Device } from '../sessions/session.ts';
import { newUser, type User, userCreatedEvent } from '../users/user.ts';
import { newTenant, type Tenant } from './tenant.ts';

export type SignUpCommand = {
  name: string;
  slug: string;
  currency: string;
  timeZone: string;
  owner: { name: string; email: string; password: string };
  device: Device;
};

/** Signs a business up. Throws `slug_taken`, `validation_failed` for a common password, or `busy`. */
export async function createTenant(
  command: SignUpCommand,
  deps: Deps,
): Promise<{ tenant: Tenant; user: User } & TokenPair> {
  refuseCommonPassword(command.owner.password, '/owner/password');
  const { owner, device, ...business } = command;
  const passwordHash = await deps.passwords.hash(owner.password, 'sign-up');
  const stamp = stampNow(deps.clock, correlation());
  const id = newId('ten');
  const { tenant, events } = newTenant({ ...business, id }, stamp);
  const { name, email } = owner;
  const user = newUser({ id: newId('usr'), tenantId: id, name, email, role: 'OWNER' }, stamp.now);
  try {
    const opened = await asTenant(id, () =>
      inTransaction(deps.database, async (session) => {
        await deps.tenants.add(tenant, events, session);
        await deps.users.add(user, { passwordHash }, [userCreatedEvent(user, stamp)], session);
        return openSession({ user, tenant, device }, deps, session);
      }),
    );
    deps.log.info({ tenantId: id, userId: user.id }, 'tenant created');
    return { tenant, user, ...(await tokenPair({ user, tenant }, opened, deps)) };
  } catch (error) {
    if (isDuplicateKey(error)) throw new DomainError('slug_taken');
    throw error;
  }
}
