// An order of any replica was decided: whoever waits for it here wakes and reads it.
import { type DomainEvent, isEvent, orderCancelled, orderConfirmed, orderRejected } from '@holdfast/shared/contracts';
import type { DecisionWaiters } from './decision-waiters.ts';
import type { UndecidedOrders } from './undecided-orders.ts';

/** Called for every event of the orders streams, of all tenants; only ids leave it. */
export function onOrderChanged(
  event: DomainEvent,
  deps: { waiters: DecisionWaiters; undecided: UndecidedOrders },
): void {
  const decided = isEvent(event, orderConfirmed) || isEvent(event, orderRejected) || isEvent(event, orderCancelled);
  if (!decided) return;
  if (event.data.from === 'PENDING') deps.undecided.decided(event.tenantid);
  deps.waiters.wake(event.subject, 'changed');
}
