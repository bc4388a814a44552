// A parcel has left: what it holds is on hand and reserved no more.
import { causeOf, type EventOf, type fulfilmentShipped } from '@holdfast/shared/contracts';
import { mergeAllocations, type ShipRequest } from './stock-request.ts';

/** What the event tells. */
export function onFulfilmentShipped(event: EventOf<typeof fulfilmentShipped>): ShipRequest {
  const { orderId, request, fulfilmentId, lines } = event.data;
  const parcel = { id: fulfilmentId, lines: mergeAllocations(lines) };
  return { kind: 'ship', tenantId: event.tenantid, orderId, request, parcel, cause: causeOf(event) };
}
