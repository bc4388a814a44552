// A user of a tenant: staff or customer.
// Invariant: an e-mail address is stored normalised and is unique within its tenant; the same address in two tenants
// is two users who know nothing of each other.
import { type DomainEvent, makeEvent, permissionsOf, type Role, userCreated } from '@holdfast/shared/contracts';
import { normaliseEmail, type Stamp } from '@holdfast/shared/values';

export type User = {
  id: string;
  tenantId: string;
  email: string;
  name: string;
  role: Role;
  status: 'active' | 'disabled';
  version: number;
  createdAt: Date;
};
/** Never leaves the stores and the use cases that compare passwords. */
export type UserSecrets = {
  passwordHash: string;
  /** What a repeated request is compared with; nobody has it who registered. */
  creation?: { requestHash: string };
};

export type NewUser = Pick<User, 'id' | 'tenantId' | 'email' | 'name' | 'role'>;

/** An active user from this time on. */
export function newUser({ id, tenantId, email, name, role }: NewUser, createdAt: Date): User {
  return { id, tenantId, email: normaliseEmail(email), name, role, status: 'active', version: 1, createdAt };
}

/** The event of a new user for the other services, without name or address. */
export function userCreatedEvent(user: User, stamp: Stamp): DomainEvent {
  return makeEvent(userCreated, user, stamp, { userId: user.id, role: user.role });
}

/**
 * Whether somebody with this role may create an account of that role: OWNER and ADMIN accounts are an OWNER's affair.
 */
export function mayCreate(creator: Role, role: Role): boolean {
  const privileged = role === 'OWNER' || role === 'ADMIN';
  return permissionsOf(creator).has(privileged ? 'users:write-privileged' : 'users:write');
}
