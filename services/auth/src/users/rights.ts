// Who may do what to whose account. Pure.
// Invariants: accounts of OWNER and ADMIN are an OWNER's affair; nobody gives, nor takes over, rights that they do not
// have themselves.
import { permissionsOf, type Role } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { Caller } from '@holdfast/shared/values';

type Rights = Pick<Caller, 'permissions'>;

/** Throws `forbidden` unless the caller may create, change or delete an account with this role. */
export function assertMayManage({ permissions }: Rights, role: Role): void {
  const isPrivileged = role === 'OWNER' || role === 'ADMIN';
  if (!permissions.has(isPrivileged ? 'users:write-privileged' : 'users:write')) throw new DomainError('forbidden');
  for (const permission of permissionsOf(role)) if (!holds(permissions, permission)) throw new DomainError('forbidden');
}

/** A permission for what is one's own, or for less to see, is part of the one for everything. */
const partOf: Readonly<Record<string, string>> = {
  'stock:availability': 'stock:read',
  'orders:read:own': 'orders:read',
  'orders:create:own': 'orders:create',
  'orders:cancel:own': 'orders:cancel',
  'returns:request:own': 'returns:write',
};

function holds(permissions: ReadonlySet<string>, permission: string): boolean {
  const whole = partOf[permission];
  return permissions.has(permission) || (whole !== undefined && permissions.has(whole));
}
