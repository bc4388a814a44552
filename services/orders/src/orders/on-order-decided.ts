// An order was decided by any replica: requests of this process that wait for it wake and read it. Sees events of all
// tenants; only ids leave this file.
import {
  type EventOf,
  eventTable,
  on,
  orderAwaitingPayment,
  orderCancelled,
  orderConfirmed,
  orderEdited,
  orderEditRejected,
  orderExpired,
  orderRejected,
} from '@holdfast/shared/contracts';
import type { OrderMemory } from './order-memory.ts';

type Memory = Pick<OrderMemory, 'waiters' | 'undecided' | 'soldOut'>;

export const decisions = eventTable<Memory>([
  on(orderConfirmed, onDecided),
  on(orderRejected, onDecided),
  on(orderAwaitingPayment, onDecided),
  on(orderCancelled, onDecided),
  on(orderExpired, onDecided),
  on(orderEdited, onDecided),
  on(orderEditRejected, onDecided),
  on(orderCancelled, onReleased),
  on(orderExpired, onReleased),
]);

type Ended = typeof orderCancelled | typeof orderExpired;
type Edited = typeof orderEdited | typeof orderEditRejected;
type Decided = typeof orderConfirmed | typeof orderRejected | typeof orderAwaitingPayment | Ended | Edited;

function onReleased({ tenantid, data }: EventOf<Ended>, { soldOut }: Memory): void {
  soldOut.release(
    tenantid,
    data.lines.map(({ variantId }) => variantId),
  );
}

function onDecided({ tenantid, subject, data }: EventOf<Decided>, { undecided, waiters }: Memory): void {
  if (data.from === 'PENDING') undecided.decided(tenantid);
  waiters.wake(subject, 'changed');
}
