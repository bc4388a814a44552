// What of an order has not been shipped is cancelled: a request to give back what it still holds.
import { causeOf, type EventOf, type orderRestCancelled } from '@holdfast/shared/contracts';
import type { CancelRequest } from './stock-request.ts';

/** The request of the event. */
export function onOrderRestCancelled(event: EventOf<typeof orderRestCancelled>): CancelRequest {
  const { orderId, request } = event.data;
  const tenantId = event.tenantid;
  return { kind: 'cancel', tenantId, orderId, request, reason: 'order_rest_cancelled', cause: causeOf(event) };
}
