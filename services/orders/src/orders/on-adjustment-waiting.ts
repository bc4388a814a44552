// Stock is being withdrawn that orders hold: inventory asks to cancel these, the newest. Each is cancelled by its own
// next request, as anybody would cancel it. Invariant: nothing is cancelled for a withdrawal that may have been
// refused.
import { type adjustmentWaiting, causeOf, type EventOf } from '@holdfast/shared/contracts';
import { decideWithdrawn } from './cancellation.ts';
import type { PlannedChange } from './change-order.ts';

/** The cancellation of each order that the event names. */
export function onAdjustmentWaiting(event: EventOf<typeof adjustmentWaiting>): PlannedChange[] {
  const { orderIds, cancelBefore } = event.data;
  const before = new Date(cancelBefore);
  return orderIds.map((id) => ({
    key: { tenantId: event.tenantid, id },
    decide: (order, now) => decideWithdrawn(order, { now, before }),
    cause: causeOf(event),
  }));
}
