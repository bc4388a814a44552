// An order asks for its lines: a request to hold them.
import type { EventOf, orderPlaced } from '@holdfast/shared/contracts';
import { causeOf } from '../cause.ts';
import { demandsOf, type PlaceRequest } from './reserve-stock.ts';

/** The request of the event, answered under this event id. */
export function onOrderPlaced(event: EventOf<typeof orderPlaced>, outcomeEventId: string): PlaceRequest {
  const { orderId, request, lines } = event.data;
  const tenantId = event.tenantid;
  const demands = demandsOf(tenantId, lines);
  return { kind: 'place', tenantId, orderId, request, outcomeEventId, demands, cause: causeOf(event) };
}
