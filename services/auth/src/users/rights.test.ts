// Who may manage whose account.
import { type Permission, permissionsOf, type Role, roles } from '@holdfast/shared/contracts';
import { describe, expect, it } from 'vitest';
import { builtInRole } from '../roles/role.ts';
import { assertMayManage } from './rights.ts';

function manageable(permissions: ReadonlySet<string>): Role[] {
  return roles.filter((role) => {
    try {
      assertMayManage({ permissions }, builtInRole(role)!);
      return true;
    } catch {
      return false;
    }
  });
}

describe('who may manage whom', () => {
  const table: Record<Role, readonly Role[]> = {
    OWNER: roles,
    ADMIN: ['MANAGER', 'SUPPORT', 'STAFF', 'CUSTOMER'],
    MANAGER: [],
    SUPPORT: [],
    STAFF: [],
    CUSTOMER: [],
  };
  it.each(roles)('%s manages only the accounts of the table', (role) => {
    expect(manageable(permissionsOf(role))).toEqual(table[role]);
  });

  it('is bounded by the own rights: nobody gives what they do not have', () => {
    const clerk = new Set<Permission>(['users:write', ...permissionsOf('STAFF')]);
    expect(manageable(clerk)).toEqual(['STAFF']);
    expect(manageable(new Set<Permission>(['users:write']))).toEqual([]);
  });
});
