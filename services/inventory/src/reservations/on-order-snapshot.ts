// An order's full state: the parcels and returns that were not heard of, and its current demand, which is decided only
// where it is newer than what was decided here, or awaited.
import { causeOf, type EventOf, type OrderStatus, type orderSnapshot } from '@holdfast/shared/contracts';
import { restockOf } from './on-return-received.ts';
import { type DemandRequest, mergeAllocations, mergeLines, type SnapshotRequest } from './stock-request.ts';

/** In these an order holds stock or asks for some. An earlier release told the lines of ended orders, too. */
const demanding: readonly OrderStatus[] = ['PENDING', 'AWAITING_PAYMENT', 'CONFIRMED', 'PARTIALLY_SHIPPED'];

/** What the order has moved and what it demands now. */
export function onOrderSnapshot(event: EventOf<typeof orderSnapshot>): SnapshotRequest {
  const { orderId, request, status, isPending, lines, fulfilments = [], returns = [] } = event.data;
  const about = { tenantId: event.tenantid, orderId, cause: causeOf(event) };
  const numbered = { ...about, request, isAwaited: isPending };
  const demand: DemandRequest =
    demanding.includes(status) && lines.length > 0
      ? { ...numbered, kind: 'place', lines: mergeLines(lines) }
      : { ...numbered, kind: 'cancel', reason: 'order_cancelled' };
  return {
    ...about,
    kind: 'snapshot',
    parcels: fulfilments.map((one) => ({ id: one.fulfilmentId, lines: mergeAllocations(one.lines) })),
    restocks: returns.flatMap((one) => restockOf(one) ?? []),
    demand,
  };
}
