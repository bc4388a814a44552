// Rooms: who hears what. Invariant: the server alone chooses rooms; every room that carries data is named by its
// tenant, and what a customer hears of orders is bound to the customer's own id,
// so that another's order is exactly like an unknown one.
import type { Role } from '@holdfast/shared/contracts';

/** The caller of a socket. */
export type Listener = { tenantId: string; userId: string; sessionId: string; role: Role };

/** Everybody of a tenant; for commands. */
export const tenantRoom = (tenantId: string) => `tenant:${tenantId}`;
/** Everybody of a tenant who is not a customer: exact numbers. */
export const staffRoom = (tenantId: string) => `tenant:${tenantId}:staff`;
/** All sockets of a user; for commands. */
export const userRoom = (userId: string) => `user:${userId}`;
/** All sockets of a session; for commands. */
export const sessionRoom = (sessionId: string) => `session:${sessionId}`;
/** A customer's own orders. With the tenant in its name, an event of one tenant cannot reach a user of another. */
export const customerRoom = (tenantId: string, userId: string) => `tenant:${tenantId}:user:${userId}`;
/** Subscribers of a variant among the staff. */
export const variantStaffRoom = (tenantId: string, variantId: string) =>
  `tenant:${tenantId}:variant:${variantId}:staff`;
/** Subscribers of a variant among the customers: capped numbers. */
export const variantCustomerRoom = (tenantId: string, variantId: string) => `tenant:${tenantId}:variant:${variantId}`;
/** A customer who follows an order: hears it only if the order is the customer's. */
export const orderRoom = (tenantId: string, orderId: string, userId: string) =>
  `tenant:${tenantId}:order:${orderId}:user:${userId}`;

export const isStaff = (role: Role): boolean => role !== 'CUSTOMER';

/** The rooms of a new socket. */
export function roomsOf({ tenantId, userId, sessionId, role }: Listener): string[] {
  const own = [tenantRoom(tenantId), userRoom(userId), sessionRoom(sessionId)];
  return [...own, isStaff(role) ? staffRoom(tenantId) : customerRoom(tenantId, userId)];
}

/** The variants among these topics. */
export function variantIdsOf(topics: readonly string[]): string[] {
  return topics.filter((topic) => topic.startsWith('variant:')).map((topic) => topic.slice('variant:'.length));
}

/**
 * The room of a topic (`order:<id>`, `variant:<id>`); undefined where the listener hears it anyway (staff hear every
 * order).
 */
export function roomOfTopic(topic: string, { tenantId, userId, role }: Listener): string | undefined {
  const separator = topic.indexOf(':');
  const id = topic.slice(separator + 1);
  if (topic.slice(0, separator) === 'variant') {
    return isStaff(role) ? variantStaffRoom(tenantId, id) : variantCustomerRoom(tenantId, id);
  }
  return isStaff(role) ? undefined : orderRoom(tenantId, id, userId);
}
