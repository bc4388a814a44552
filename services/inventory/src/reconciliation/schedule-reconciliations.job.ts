// Starts the reconciliations that are scheduled. Every process may look, because their ids derive from the schedule; a
// look goes through all businesses in bounded steps, and the next one goes on behind it.
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { scheduleLateMs, scheduleReadMax } from '../limits.ts';
import type { LocationStore } from '../locations/location.store.ts';
import { type CreateReconciliationDeps, startReconciliation } from './create-reconciliation.ts';
import { scheduledId } from './schedule.ts';

export type ScheduleDeps = CreateReconciliationDeps & {
  locations: Pick<LocationStore, 'tenantsAfter'>;
  /** 0: there is no schedule. */
  periodMs: number;
};

/** A schedule that begins with the first business. */
export function createSchedule(deps: ScheduleDeps): (signal: AbortSignal) => Promise<void> {
  const { locations, clock, periodMs } = deps;
  return async (signal) => {
    if (periodMs === 0) return;
    for (let after: string | undefined = ''; after !== undefined && !signal.aborted; ) {
      const from: string = after;
      const found = await asSystem('reconciliation schedule', () => locations.tenantsAfter(from, scheduleReadMax));
      for (const tenantId of found.tenantIds) {
        const id = scheduledId(tenantId, clock.now(), { periodMs, lateMs: scheduleLateMs });
        if (id !== undefined) await asTenant(tenantId, () => startReconciliation({ tenantId, id }, deps));
      }
      after = found.next;
    }
  };
}
