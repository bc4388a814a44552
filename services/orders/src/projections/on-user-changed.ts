// Auth has created, changed or deleted a user: orders can be placed for customers.
import type { EventOf, userCreated, userDeleted, userSnapshot, userUpdated } from '@holdfast/shared/contracts';
import type { CustomerState } from './customers.store.ts';

type UserEvent =
  | EventOf<typeof userCreated>
  | EventOf<typeof userUpdated>
  | EventOf<typeof userDeleted>
  | EventOf<typeof userSnapshot>;

/** The user as orders know it; nobody who has been staff from the beginning. */
export function onUserChanged(event: UserEvent): CustomerState[] {
  const { userId: id, role, status } = event.data as UserEvent['data'] & { status?: unknown };
  const { tenantid: tenantId, aggregateversion: version } = event;
  if (status === 'deleted') return [{ id, tenantId, role: 'DELETED', version }];
  return role === 'CUSTOMER' || version > 1 ? [{ id, tenantId, role, version }] : [];
}
