// Giving a role to a user, in the transaction that writes the user.
import { DomainError } from '@holdfast/shared/errors';
import type { Session } from '@holdfast/shared/persistence';
import type { Caller } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { assertMayManage } from '../users/rights.ts';
import type { Role } from './role.ts';

/** Throws `unknown_role`, and `forbidden` unless the caller has all that the role gives. */
export async function giveRole(
  { caller, role }: { caller: Pick<Caller, 'tenantId' | 'permissions'>; role: string },
  deps: Pick<Deps, 'roles'>,
  session: Session,
): Promise<void> {
  const { tenantId } = caller;
  const found = await deps.roles.find(tenantId, role, session);
  if (!found) throw new DomainError('unknown_role');
  assertMayManage(caller, found);
  const isHeld = found.version === 0 || (await deps.roles.hold(tenantId, role, session));
  if (!isHeld) throw new DomainError('unknown_role');
}

/** What a user may do; nothing with a role that is gone. */
export async function roleOf(
  { tenantId, role }: { tenantId: string; role: string },
  deps: Pick<Deps, 'roles'>,
  session?: Session,
): Promise<Role> {
  return (
    (await deps.roles.find(tenantId, role, session)) ?? { name: role, version: 1, revision: 1, permissions: new Set() }
  );
}
