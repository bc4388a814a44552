// An order asks for its lines: a request to hold them.
import { causeOf, type EventOf, type orderPlaced } from '@holdfast/shared/contracts';
import { mergeLines, type PlaceRequest } from './stock-request.ts';

/** The request of the event. */
export function onOrderPlaced(event: EventOf<typeof orderPlaced>): PlaceRequest {
  const { orderId, request, lines } = event.data;
  const tenantId = event.tenantid;
  return { kind: 'place', tenantId, orderId, request, lines: mergeLines(lines), cause: causeOf(event) };
}
