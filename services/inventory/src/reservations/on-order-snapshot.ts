// An order's full state: its current demand, which is decided only where it is newer than what was decided here,
// or awaited.
import { causeOf, type EventOf, type orderSnapshot } from '@holdfast/shared/contracts';
import { mergeLines, type StockRequest } from './reserve-stock.ts';

/** What the order demands now. One that ended demands that nothing is held. */
export function onOrderSnapshot(event: EventOf<typeof orderSnapshot>): StockRequest {
  const { orderId, request, status, isPending, lines } = event.data;
  const tenantId = event.tenantid;
  const about = { tenantId, orderId, request, isAwaited: isPending, cause: causeOf(event) };
  if (status === 'PENDING' || status === 'CONFIRMED') return { ...about, kind: 'place', lines: mergeLines(lines) };
  return { ...about, kind: 'cancel', reason: 'order_cancelled' };
}
