// Auth has created, changed, deleted or erased a user: orders can be placed for customers.
import type {
  EventOf,
  userCreated,
  userDeleted,
  userErased,
  userSnapshot,
  userUpdated,
} from '@holdfast/shared/contracts';
import type { CustomerState } from './customers.store.ts';

type UserEvent =
  | EventOf<typeof userCreated>
  | EventOf<typeof userUpdated>
  | EventOf<typeof userDeleted>
  | EventOf<typeof userErased>
  | EventOf<typeof userSnapshot>;

/** The user as orders know it; nobody who has been staff from the beginning. */
export function onUserChanged(event: UserEvent): CustomerState[] {
  const {
    userId: id,
    role,
    status,
    erasedAt: erased,
  } = event.data as UserEvent['data'] & {
    status?: unknown;
    erasedAt?: string;
  };
  const { tenantid: tenantId, aggregateversion: version } = event;
  if (erased !== undefined) {
    // Due at once, also when it is said again in a resync: what was missed then is made up for.
    const erasedAt = new Date(erased);
    return [{ id, tenantId, role: 'DELETED', erasedAt, erasureDueAt: erasedAt, version }];
  }
  if (status === 'deleted') return [{ id, tenantId, role: 'DELETED', version }];
  return role === 'CUSTOMER' || version > 1 ? [{ id, tenantId, role, version }] : [];
}
