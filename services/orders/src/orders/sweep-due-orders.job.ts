// Due orders: a request without an answer is re-emitted, three times; an order undecided after its window is cancelled.
// Invariants: each change is conditional on the version that was read, so that two sweeps at once do no harm; an order
// that cannot be handled holds up none behind it.
import { isConflict, isOutage } from '@holdfast/shared/errors';
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import type { Metrics } from '@holdfast/shared/telemetry';
import type { Clock, Log } from '@holdfast/shared/values';
import { reminderAfterMs, reminderCountMax, sweepPageCountMax, sweepRowCountMax } from '../limits.ts';
import type { ChangeOrder } from './change-order.ts';
import type { OrderKey, OrderStore } from './order.store.ts';
import { decideDue } from './placement.ts';

export type SweepDeps = {
  store: Pick<OrderStore, 'listDue'>;
  changeOrder: ChangeOrder;
  clock: Clock;
  log: Log;
  metrics: Pick<Metrics, 'count'>;
};

const policy = { afterMs: reminderAfterMs, countMax: reminderCountMax };

/** One bounded pass over what is due. Returns how many orders it changed. */
export async function sweepDueOrders(deps: SweepDeps): Promise<number> {
  const now = deps.clock.now();
  let changed = 0;
  // These stay due, in front of all others.
  let failed = 0;
  for (let page = 0; page < sweepPageCountMax; page++) {
    const due = await asSystem('sweep', () => deps.store.listDue(now, sweepRowCountMax, failed));
    const failedBefore = failed;
    for (const key of due) {
      try {
        if (await asTenant(key.tenantId, () => sweepOne(key, deps))) changed++;
      } catch (error) {
        if (passOver(key, error, deps)) failed++;
      }
    }
    if (due.length < sweepRowCountMax || failed === failedBefore) break;
  }
  return changed;
}

async function sweepOne(key: OrderKey, { changeOrder, log }: SweepDeps): Promise<boolean> {
  const { order, event } = await changeOrder(key, (due, now) => decideDue(due, now, policy), {});
  if (!event) return false;
  const fields = { tenantId: key.tenantId, orderId: key.id, reminderCount: order.reminderCount };
  if (event.type === 'reminded' && order.reminderCount >= reminderCountMax)
    log.error(fields, 'order is undecided after the last reminder');
  else
    log.warn(
      fields,
      event.type === 'reminded' ? 'order is undecided, request re-emitted' : 'order is undecided, cancelled',
    );
  return true;
}

/**
 * The next sweep tries it again. False when the order is not to blame; throws what keeps every other order from being
 * handled too.
 */
function passOver({ tenantId, id: orderId }: OrderKey, error: unknown, { log, metrics }: SweepDeps): boolean {
  if (isOutage(error)) throw error;
  // Other writers keep changing the order, so it is not stuck.
  if (isConflict(error)) return false;
  metrics.count('due_orders_failed_total', 'Due orders that the sweep could not handle.');
  log.error({ err: error, tenantId, orderId }, 'a due order could not be handled');
  return true;
}
