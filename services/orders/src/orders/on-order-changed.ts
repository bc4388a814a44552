// An order of any replica was decided: whoever waits for it here wakes and reads it.
import { type DomainEvent, isEvent, orderCancelled, orderConfirmed, orderRejected } from '@holdfast/shared/contracts';
import type { DecisionWaiters } from './decision-waiters.ts';
import type { SoldOut } from './sold-out.ts';
import type { UndecidedOrders } from './undecided-orders.ts';

/** False for events of orders that are still undecided: half of all, and nobody waits for them. */
export const tellsOfDecision = (text: string): boolean => !text.includes('"status":"PENDING"');

/** Called for every event of the orders streams, of all tenants; only ids leave it. */
export function onOrderChanged(
  event: DomainEvent,
  deps: { waiters: DecisionWaiters; undecided: UndecidedOrders; soldOut: SoldOut },
): void {
  const decided = isEvent(event, orderConfirmed) || isEvent(event, orderRejected) || isEvent(event, orderCancelled);
  if (!decided) return;
  if (event.data.from === 'PENDING') deps.undecided.decided(event.tenantid);
  if (isEvent(event, orderCancelled)) deps.soldOut.release(event.tenantid, releasedVariants(event.data));
  deps.waiters.wake(event.subject, 'changed');
}

const releasedVariants = (data: unknown) => orderCancelled.data.parse(data).lines.map(({ variantId }) => variantId);
