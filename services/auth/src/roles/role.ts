// A role of a tenant's own: a name and permissions. Pure.
// Invariants: nobody makes or changes a role to have permissions that they do not have themselves; a change raises the
// version, which makes the access tokens of before invalid everywhere.
import { holds, isBuiltInRole, type Permission, packPermissions, permissionsOf } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { Caller } from '@holdfast/shared/values';

export type CustomRole = {
  id: string;
  tenantId: string;
  name: string;
  /** By which names are compared: unique whatever their case. */
  nameKey: string;
  permissions: Permission[];
  version: number;
  createdAt: Date;
  updatedAt: Date;
  /** What a repeated request is compared with; null without an Idempotency-Key. */
  creation: { requestHash: string } | null;
};
/** What a role is to somebody who has it; version 0 is a built-in one. */
export type Role = Pick<CustomRole, 'name' | 'version'> & {
  permissions: ReadonlySet<Permission>;
  /** What its tokens carry: rises with every change, also when a role of this name is deleted and made anew. */
  revision: number;
};

export const roleKeyOf = (name: string) => name.toLowerCase();

/** A new role of a tenant. */
export function newRole(
  facts: Pick<CustomRole, 'id' | 'tenantId' | 'name' | 'permissions' | 'createdAt' | 'creation'>,
): CustomRole {
  return { ...facts, nameKey: roleKeyOf(facts.name), version: 1, updatedAt: facts.createdAt };
}

/** A built-in role; undefined for any other name. */
export function builtInRole(name: string): Role | undefined {
  return isBuiltInRole(name) ? { name, version: 0, revision: 0, permissions: permissionsOf(name) } : undefined;
}

export function toRole(role: CustomRole): Role {
  const { name, version, permissions } = role;
  return { name, version, revision: revisionOf(role), permissions: new Set(permissions) };
}

/** By time and not by version, which begins anew with a role that takes the name of a deleted one. */
export const revisionOf = ({ updatedAt }: CustomRole) => updatedAt.getTime();

/** Merges a patch; undefined when it changes nothing. Throws `forbidden`. */
export function changeRole(
  role: CustomRole,
  { permissions = role.permissions }: { permissions?: Permission[] | undefined },
  { caller, now }: { caller: Pick<Caller, 'permissions'>; now: Date },
): CustomRole | undefined {
  assertHoldsAll(caller, permissions);
  const isSame = packPermissions(permissions) === packPermissions(role.permissions);
  if (isSame) return undefined;
  const updatedAt = new Date(Math.max(now.getTime(), revisionOf(role) + 1));
  return { ...role, permissions, version: role.version + 1, updatedAt };
}

/** Throws `forbidden` unless the caller has all of these permissions. */
export function assertHoldsAll({ permissions: held }: Pick<Caller, 'permissions'>, asked: Iterable<Permission>): void {
  for (const permission of asked) if (!holds(held, permission)) throw new DomainError('forbidden');
}
