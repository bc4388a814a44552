// An order ended before shipping: a request to give back what it holds.
import type { EventOf, orderCancelled } from '@holdfast/shared/contracts';
import { causeOf } from '../cause.ts';
import type { CancelRequest } from './reserve-stock.ts';

/** The request of the event, answered under this event id. */
export function onOrderCancelled(event: EventOf<typeof orderCancelled>, outcomeEventId: string): CancelRequest {
  const { orderId, request } = event.data;
  const reason = event.data.reason === 'undecided' ? 'order_undecided' : 'order_cancelled';
  const tenantId = event.tenantid;
  return { kind: 'cancel', tenantId, orderId, request, outcomeEventId, reason, cause: causeOf(event) };
}
