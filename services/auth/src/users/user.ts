/**
 * A user of a tenant: staff or customer.
 * Invariant: an e-mail address is stored normalised and is unique within its tenant; the same address in two tenants
 * is two users who know nothing of each other.
 */
import { type DomainEvent, makeEvent, permissionsOf, type Role, userCreated } from '@holdfast/shared/contracts';
import type { Correlation } from '@holdfast/shared/telemetry';
import { normaliseEmail } from '@holdfast/shared/values';

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
export type UserSecrets = { passwordHash: string; requestHash?: string };

export type NewUser = Pick<User, 'id' | 'tenantId' | 'email' | 'name' | 'role'> & {
  now: Date;
  eventId: string;
  origin: Correlation;
};

/** An active user from now on, and the event that tells the other services, without name or address. */
export function newUser(facts: NewUser): { user: User; events: DomainEvent[] } {
  const { id, tenantId, name, role, now } = facts;
  const email = normaliseEmail(facts.email);
  const user: User = { id, tenantId, email, name, role, status: 'active', version: 1, createdAt: now };
  const created = makeEvent(userCreated, {
    id: facts.eventId,
    tenantId,
    subject: id,
    version: 1,
    time: now,
    data: { userId: id, role },
    ...facts.origin,
  });
  return { user, events: [created] };
}

/** Whether somebody with this role may create an account of that role: OWNER and ADMIN accounts are an OWNER's affair. */
export function mayCreate(creator: Role, role: Role): boolean {
  const privileged = role === 'OWNER' || role === 'ADMIN';
  return permissionsOf(creator).has(privileged ? 'users:write-privileged' : 'users:write');
}
