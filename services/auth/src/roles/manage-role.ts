// Staff change or delete a role of the tenant's own.
// Invariant: a role that somebody has stays; a change is in force on every service and socket within seconds.
import type { Permission } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction } from '@holdfast/shared/persistence';
import type { Caller } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { usersNamedMax } from '../limits.ts';
import { assertHoldsAll, builtInRole, type CustomRole, changeRole, revisionOf } from './role.ts';

export type ManageRole = {
  caller: Pick<Caller, 'tenantId' | 'permissions'>;
  name: string;
  /** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
  expectVersion: (stored: number) => void;
};
export type UpdateRole = ManageRole & { patch: { permissions?: Permission[] | undefined } };

/** Throws `not_found`, `built_in_role`, `forbidden`, `stale_version`. */
export async function updateRole(command: UpdateRole, deps: Deps): Promise<CustomRole> {
  const { caller, name, patch, expectVersion } = command;
  const { tenantId } = caller;
  if (builtInRole(name)) throw new DomainError('built_in_role');
  const role = await inTransaction(deps.database, async (session) => {
    const stored = await deps.roles.readByName(tenantId, name, session);
    if (stored?.name !== name) throw new DomainError('not_found');
    // Whoever lacks some of it could otherwise take it from those who have it, and their accounts after that.
    assertHoldsAll(caller, stored.permissions);
    expectVersion(stored.version);
    const after = changeRole(stored, patch, { caller, now: deps.clock.now() });
    if (!after) return stored;
    await deps.roles.saveAll([{ before: stored, after }], session);
    return after;
  });
  deps.revocations.add({ tenantId, role: role.name, roleVersion: revisionOf(role) });
  deps.log.info({ tenantId, role: name, version: role.version }, 'role changed');
  return role;
}

/** Throws `not_found`, `built_in_role`, `forbidden`, `role_in_use`, `stale_version`. */
export async function deleteRole({ caller, name, expectVersion }: ManageRole, deps: Deps): Promise<void> {
  const { tenantId } = caller;
  if (builtInRole(name)) throw new DomainError('built_in_role');
  await inTransaction(deps.database, async (session) => {
    const stored = await deps.roles.readByName(tenantId, name, session);
    if (stored?.name !== name) throw new DomainError('not_found');
    assertHoldsAll(caller, stored.permissions);
    expectVersion(stored.version);
    const users = await deps.users.namesOfRole(tenantId, name, usersNamedMax, session);
    if (users.length > 0) throw new DomainError('role_in_use', { extra: { users } });
    await deps.roles.remove(stored, session);
  });
  deps.log.info({ tenantId, role: name }, 'role deleted');
}
