// Auth has a user: customers can be ordered for.
import type { EventOf, userCreated, userSnapshot } from '@holdfast/shared/contracts';
import type { CustomerState } from './customers.store.ts';

/** The customer; empty for staff. */
export function onUserCreated(event: EventOf<typeof userCreated> | EventOf<typeof userSnapshot>): CustomerState[] {
  const { userId, role } = event.data;
  if (role !== 'CUSTOMER') return [];
  return [{ id: userId, tenantId: event.tenantid, role, version: event.aggregateversion }];
}
