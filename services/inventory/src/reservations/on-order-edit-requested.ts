// An order asks for other lines: a request to hold them instead of what it holds.
import { causeOf, type EventOf, type orderEditRequested } from '@holdfast/shared/contracts';
import { mergeLines, type PlaceRequest } from './stock-request.ts';

/** The request of the event. */
export function onOrderEditRequested(event: EventOf<typeof orderEditRequested>): PlaceRequest {
  const { orderId, request, lines } = event.data;
  const tenantId = event.tenantid;
  return { kind: 'place', tenantId, orderId, request, lines: mergeLines(lines), cause: causeOf(event) };
}
