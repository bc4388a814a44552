// An order of any replica was decided: whoever waits for it here wakes and reads it.
import { type DomainEvent, isEvent, orderCancelled, orderConfirmed, orderRejected } from '@holdfast/shared/contracts';
import type { OrderMemory } from './order-memory.ts';

/** False for events of orders that are still undecided: half of all, and nobody waits for them. */
export const tellsOfDecision = (text: string): boolean => !text.includes('"status":"PENDING"');

/** Called for every event of the orders streams, of all tenants; only ids leave it. */
export function onOrderChanged(
  event: DomainEvent,
  memory: Pick<OrderMemory, 'waiters' | 'undecided' | 'soldOut'>,
): void {
  const decided = isEvent(event, orderConfirmed) || isEvent(event, orderRejected) || isEvent(event, orderCancelled);
  if (!decided) return;
  if (event.data.from === 'PENDING') memory.undecided.decided(event.tenantid);
  if (isEvent(event, orderCancelled)) memory.soldOut.release(event.tenantid, releasedVariants(event.data));
  memory.waiters.wake(event.subject, 'changed');
}

const releasedVariants = (data: unknown) => orderCancelled.data.parse(data).lines.map(({ variantId }) => variantId);
