// Units have come back: those that are to be sold again are on hand.
import { causeOf, type EventOf, type returnReceived } from '@holdfast/shared/contracts';
import type { Restock } from './reservation.ts';
import { mergeAllocations, type RestockRequest } from './stock-request.ts';

type Received = { returnId: string; lines: EventOf<typeof returnReceived>['data']['lines'] };

/** What the event tells; undefined where nothing of it is on hand again. */
export function onReturnReceived(event: EventOf<typeof returnReceived>): RestockRequest | undefined {
  const { orderId, request } = event.data;
  const restock = restockOf(event.data);
  const about = { tenantId: event.tenantid, orderId, request, cause: causeOf(event) };
  return restock && { kind: 'restock', ...about, restock };
}

/** What of a return is on hand again; undefined for nothing. */
export function restockOf({ returnId, lines }: Received): Restock | undefined {
  const restocked = lines.filter((line) => line.restock);
  return restocked.length > 0 ? { id: returnId, lines: mergeAllocations(restocked) } : undefined;
}
