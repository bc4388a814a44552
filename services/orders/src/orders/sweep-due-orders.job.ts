// Time passes: a request that nobody answered is sent again, three times; an order undecided after its window is cancelled.
// Invariant: each change is conditional on the version that was read, so that two sweeps at once do no harm.
import { asSystem, asTenant, Conflict } from '@holdfast/shared/persistence';
import type { Clock, Log } from '@holdfast/shared/values';
import { reminderAfterMs, reminderCountMax, sweepRowCountMax } from '../limits.ts';
import type { Changed, ChangeOrder } from './change-order.ts';
import type { OrderKey, OrderStore } from './order.store.ts';
import { decideDue } from './order.ts';

export type SweepDeps = { store: Pick<OrderStore, 'listDue'>; changeOrder: ChangeOrder; clock: Clock; log: Log };

const policy = { afterMs: reminderAfterMs, countMax: reminderCountMax };

/** One bounded pass over what is due. Returns how many orders it changed. */
export async function sweepDueOrders(deps: SweepDeps): Promise<number> {
  const due = await asSystem('sweep', () => deps.store.listDue(deps.clock.now(), sweepRowCountMax));
  let changed = 0;
  for (const key of due) if (await asTenant(key.tenantId, () => sweepOne(key, deps))) changed++;
  return changed;
}

async function sweepOne(key: OrderKey, { changeOrder, log }: SweepDeps): Promise<boolean> {
  const { order, event } = await changeOrder(key, (due, now) => decideDue(due, now, policy), {}).catch(unchanged);
  if (!order || !event) return false;
  const fields = { tenantId: key.tenantId, orderId: key.id, reminderCount: order.reminderCount };
  if (event.type === 'reminded' && order.reminderCount >= reminderCountMax)
    log.error(fields, 'order is undecided after the last reminder');
  else
    log.warn(fields, event.type === 'reminded' ? 'order is undecided, asked again' : 'order is undecided, cancelled');
  return true;
}

/** Others keep changing the order: it is not stuck, and the next sweep reads it again. */
function unchanged(error: unknown): Partial<Changed> {
  if (error instanceof Conflict) return {};
  throw error;
}
