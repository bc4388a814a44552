// An order was decided by any replica: requests of this process that wait for it wake and read it. Sees events of all
// tenants; only ids leave this file.
import {
  type EventOf,
  eventTable,
  on,
  orderCancelled,
  orderConfirmed,
  orderRejected,
} from '@holdfast/shared/contracts';
import type { OrderMemory } from './order-memory.ts';

type Memory = Pick<OrderMemory, 'waiters' | 'undecided' | 'soldOut'>;

export const decisions = eventTable<Memory>([
  on(orderConfirmed, onDecided),
  on(orderRejected, onDecided),
  on(orderCancelled, onDecided),
  on(orderCancelled, ({ tenantid, data }, { soldOut }) => {
    soldOut.release(
      tenantid,
      data.lines.map(({ variantId }) => variantId),
    );
  }),
]);

type Decided = typeof orderConfirmed | typeof orderRejected | typeof orderCancelled;

function onDecided({ tenantid, subject, data }: EventOf<Decided>, { undecided, waiters }: Memory): void {
  if (data.from === 'PENDING') undecided.decided(tenantid);
  waiters.wake(subject, 'changed');
}
