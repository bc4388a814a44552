// An order was not paid in time: a request to give back what it holds.
import { causeOf, type EventOf, type orderExpired } from '@holdfast/shared/contracts';
import type { CancelRequest } from './stock-request.ts';

/** The request of the event. */
export function onOrderExpired(event: EventOf<typeof orderExpired>): CancelRequest {
  const { orderId, request } = event.data;
  return {
    kind: 'cancel',
    tenantId: event.tenantid,
    orderId,
    request,
    // After a late payment that found the stock gone it is the request that was refused: nobody waits for it.
    isAwaited: false,
    reason: 'order_expired',
    cause: causeOf(event),
  };
}
