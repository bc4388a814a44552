// Who may do what to whose account. Pure.
// Invariants: accounts of OWNER and ADMIN are an OWNER's affair; nobody gives, nor takes over, rights that they do not
// have themselves.
import { DomainError } from '@holdfast/shared/errors';
import type { Caller } from '@holdfast/shared/values';
import { assertHoldsAll, type Role } from '../roles/role.ts';

/** Throws `forbidden` unless the caller may create, change or delete an account with this role. */
export function assertMayManage(caller: Pick<Caller, 'permissions'>, role: Pick<Role, 'name' | 'permissions'>): void {
  const isPrivileged = role.name === 'OWNER' || role.name === 'ADMIN';
  if (!caller.permissions.has(isPrivileged ? 'users:write-privileged' : 'users:write'))
    throw new DomainError('forbidden');
  assertHoldsAll(caller, role.permissions);
}
