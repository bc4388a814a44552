// An order ended before shipping: a request to give back what it holds.
import { causeOf, type EventOf, type orderCancelled } from '@holdfast/shared/contracts';
import type { CancelRequest } from './stock-request.ts';

const reasons = {
  requested: 'order_cancelled',
  undecided: 'order_undecided',
  stock_withdrawn: 'stock_withdrawn',
} as const;

/** The request of the event. */
export function onOrderCancelled(event: EventOf<typeof orderCancelled>): CancelRequest {
  const { orderId, request } = event.data;
  const reason = reasons[event.data.reason];
  const tenantId = event.tenantid;
  return { kind: 'cancel', tenantId, orderId, request, reason, cause: causeOf(event) };
}
