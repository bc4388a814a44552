// An order ended before shipping: a request to give back what it holds.
import { causeOf, type EventOf, type orderCancelled } from '@holdfast/shared/contracts';
import type { CancelRequest } from './reserve-stock.ts';

/** The request of the event. */
export function onOrderCancelled(event: EventOf<typeof orderCancelled>): CancelRequest {
  const { orderId, request } = event.data;
  const reason = event.data.reason === 'undecided' ? 'order_undecided' : 'order_cancelled';
  const tenantId = event.tenantid;
  return { kind: 'cancel', tenantId, orderId, request, reason, cause: causeOf(event) };
}
