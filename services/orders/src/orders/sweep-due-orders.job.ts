// Due orders: a request without an answer is re-emitted, three times; an order undecided after its window is cancelled,
// an undecided edit taken back.
// Invariants: each change is conditional on the version that was read, so that two sweeps at once do no harm; an order
// that cannot be handled holds up none behind it.
import { isConflict, isOutage } from '@holdfast/shared/errors';
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import type { Metrics } from '@holdfast/shared/telemetry';
import type { Clock, Log } from '@holdfast/shared/values';
import { reminderAfterMs, reminderCountMax, sweepPageCountMax, sweepRowCountMax } from '../limits.ts';
import type { ChangeOrder } from './change-order.ts';
import type { OrderEvent } from './evolve.ts';
import type { OrderKey, OrderStore } from './order.store.ts';
import type { Order } from './order.ts';
import { decideDue } from './placement.ts';

/** What a sweep over orders needs, whatever it is for. */
export type OrderSweepDeps = {
  changeOrder: ChangeOrder;
  clock: Clock;
  log: Log;
  metrics: Pick<Metrics, 'count'>;
};
export type SweepDeps = OrderSweepDeps & { store: Pick<OrderStore, 'listDue'> };
/** What is due, and what becomes of it. */
export type OrderSweep = {
  list: (now: Date, limit: number, skip: number) => Promise<OrderKey[]>;
  decide: (order: Order, now: Date) => OrderEvent | undefined;
  onChanged: (order: Order, event: OrderEvent) => void;
};

const policy = { afterMs: reminderAfterMs, countMax: reminderCountMax };

/** One bounded pass over orders without an answer. Returns how many orders it changed. */
export function sweepDueOrders(deps: SweepDeps): Promise<number> {
  return sweepOrders(
    {
      list: deps.store.listDue,
      decide: (due, now) => decideDue(due, now, policy),
      onChanged: (order, event) => tell(order, event, deps.log),
    },
    deps,
  );
}

/** One bounded pass over what is due. Returns how many orders it changed. */
export async function sweepOrders(sweep: OrderSweep, deps: OrderSweepDeps): Promise<number> {
  const now = deps.clock.now();
  let changed = 0;
  // These stay due, in front of all others.
  let failed = 0;
  for (let page = 0; page < sweepPageCountMax; page++) {
    const due = await asSystem('sweep', () => sweep.list(now, sweepRowCountMax, failed));
    const failedBefore = failed;
    for (const key of due) {
      try {
        if (await asTenant(key.tenantId, () => sweepOne(key, sweep, deps))) changed++;
      } catch (error) {
        if (passOver(key, error, deps)) failed++;
      }
    }
    if (due.length < sweepRowCountMax || failed === failedBefore) break;
  }
  return changed;
}

async function sweepOne(key: OrderKey, sweep: OrderSweep, { changeOrder }: OrderSweepDeps): Promise<boolean> {
  const { order, event } = await changeOrder(key, sweep.decide, {});
  if (!event) return false;
  sweep.onChanged(order, event);
  return true;
}

function tell(order: Order, event: OrderEvent, log: Log): void {
  const fields = { tenantId: order.tenantId, orderId: order.id, reminderCount: order.reminderCount };
  if (event.type === 'reminded' && order.reminderCount >= reminderCountMax)
    log.error(fields, 'order is undecided after the last reminder');
  else
    log.warn(
      fields,
      event.type === 'reminded' ? 'order is undecided, request re-emitted' : 'order is undecided, given up',
    );
}

/**
 * The next sweep tries it again. False when the order is not to blame; throws what keeps every other order from being
 * handled too.
 */
function passOver({ tenantId, id: orderId }: OrderKey, error: unknown, { log, metrics }: OrderSweepDeps): boolean {
  if (isOutage(error)) throw error;
  // Other writers keep changing the order, so it is not stuck.
  if (isConflict(error)) return false;
  metrics.count('due_orders_failed_total', 'Due orders that the sweep could not handle.');
  log.error({ err: error, tenantId, orderId }, 'a due order could not be handled');
  return true;
}
