// Time passes: a request that nobody answered is sent again, three times; an order undecided after its window is cancelled.
// Invariant: each change is conditional on the version that was read, so that two sweeps at once do no harm.

import { asSystem, asTenant } from '@holdfast/shared/persistence';
import type { Log } from '@holdfast/shared/telemetry';
import { type Clock, newId } from '@holdfast/shared/values';
import { reminderAfterMs, reminderCountMax, sweepRowCountMax } from '../limits.ts';
import type { OrderKey, OrderStore } from './order.store.ts';
import { decideDue, evolve, type Order } from './order.ts';
import { eventOf } from './order-events.ts';

export type SweepDeps = { store: OrderStore; clock: Clock; log: Log; onChanged(order: Order): void };

/** One bounded pass over what is due. Returns how many orders it changed. */
export async function sweepDueOrders(deps: SweepDeps): Promise<number> {
  const due = await asSystem('sweep', () => deps.store.listDue(deps.clock.now(), sweepRowCountMax));
  let changed = 0;
  for (const key of due) if (await asTenant(key.tenantId, () => sweepOne(key, deps))) changed++;
  return changed;
}

async function sweepOne(key: OrderKey, { store, clock, log, onChanged }: SweepDeps): Promise<boolean> {
  const before = await store.read(key.tenantId, key.id);
  const fact = before && decideDue(before, clock.now(), { afterMs: reminderAfterMs, countMax: reminderCountMax });
  if (!before || !fact) return false;
  const after = evolve(before, fact, newId('tml'));
  const events = [eventOf(fact, before, after, {})];
  if ((await store.apply([{ before, after, fact, events }])) === 0) return false;
  const fields = { tenantId: key.tenantId, orderId: key.id, reminderCount: after.reminderCount };
  if (fact.type === 'reminded' && after.reminderCount >= reminderCountMax)
    log.error(fields, 'order is undecided after the last reminder');
  else log.warn(fields, fact.type === 'reminded' ? 'order is undecided, asked again' : 'order is undecided, cancelled');
  onChanged(after);
  return true;
}
