/** A business signs up: the tenant, its first OWNER and the OWNER's session come to be together or not at all. */
import { DomainError } from '@holdfast/shared/errors';
import { asTenant, inTransaction, isDuplicateKey } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { newId } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { refuseCommonPassword } from '../passwords/password.ts';
import { openSession, type TokenPair, tokenPair } from '../sessions/open-session.ts';
import { newUser, type User } from '../users/user.ts';
import { newTenant, type Tenant } from './tenant.ts';

export type SignUpCommand = {
  name: string;
  slug: string;
  currency: string;
  timeZone: string;
  owner: { name: string; email: string; password: string };
};

/** Signs a business up. Throws `slug_taken`, `validation_failed` for a common password, or `busy`. */
export async function createTenant(
  deps: Deps,
  command: SignUpCommand,
): Promise<{ tenant: Tenant; user: User } & TokenPair> {
  refuseCommonPassword(command.owner.password, '/owner/password');
  const { owner, ...business } = command;
  const passwordHash = await deps.passwords.hash(owner.password);
  const facts = { now: deps.clock.now(), origin: correlation() };
  const id = newId('ten');
  const { tenant, events } = newTenant({ ...business, ...facts, id, eventId: newId('evt') });
  const { name, email } = owner;
  const first = newUser({
    ...facts,
    id: newId('usr'),
    tenantId: id,
    name,
    email,
    role: 'OWNER',
    eventId: newId('evt'),
  });
  try {
    const opened = await asTenant(id, () =>
      inTransaction(deps.database, async (session) => {
        await deps.tenants.add(tenant, events, session);
        await deps.users.add(first.user, { passwordHash }, first.events, session);
        return openSession(deps, first.user, session);
      }),
    );
    deps.log.info({ tenantId: id, userId: first.user.id }, 'tenant created');
    return { tenant, user: first.user, ...(await tokenPair(deps, first.user, opened)) };
  } catch (error) {
    if (isDuplicateKey(error)) throw new DomainError('slug_taken');
    throw error;
  }
}
