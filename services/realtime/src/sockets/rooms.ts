// Rooms: who hears what. Invariant: the server alone chooses rooms; every room that carries data is named by its
// tenant, and what a customer hears of orders is bound to the customer's own id,
// so that another's order is exactly like an unknown one.
/** The caller of a socket. */
export type Listener = { tenantId: string; userId: string; sessionId: string; permissions: ReadonlySet<string> };

/** Everybody of a tenant; for commands. */
export const tenantRoom = (tenantId: string) => `tenant:${tenantId}`;
/** Whoever may read all orders of a tenant. */
export const staffRoom = (tenantId: string) => `tenant:${tenantId}:staff`;
/** Whoever may read the exact stock of a tenant. */
export const stockRoom = (tenantId: string) => `tenant:${tenantId}:staff:stock`;
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

/** Hears every order, not only the own ones. */
export const readsOrders = ({ permissions }: Listener): boolean => permissions.has('orders:read');
/** Hears exact numbers, of drafts too. */
export const readsStock = ({ permissions }: Listener): boolean => permissions.has('stock:read');

/** The rooms of a new socket. */
export function roomsOf(listener: Listener): string[] {
  const { tenantId, userId, sessionId } = listener;
  const rooms = [tenantRoom(tenantId), userRoom(userId), sessionRoom(sessionId)];
  rooms.push(readsOrders(listener) ? staffRoom(tenantId) : customerRoom(tenantId, userId));
  if (readsStock(listener)) rooms.push(stockRoom(tenantId));
  return rooms;
}

/** The variants among these topics. */
export function variantIdsOf(topics: readonly string[]): string[] {
  return topics.filter((topic) => topic.startsWith('variant:')).map((topic) => topic.slice('variant:'.length));
}

/**
 * The room of a topic (`order:<id>`, `variant:<id>`); undefined where the listener hears it anyway (staff hear every
 * order).
 */
export function roomOfTopic(topic: string, listener: Listener): string | undefined {
  const { tenantId, userId } = listener;
  const separator = topic.indexOf(':');
  const id = topic.slice(separator + 1);
  if (topic.slice(0, separator) === 'variant') {
    return readsStock(listener) ? variantStaffRoom(tenantId, id) : variantCustomerRoom(tenantId, id);
  }
  return readsOrders(listener) ? undefined : orderRoom(tenantId, id, userId);
}
