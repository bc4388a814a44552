// Reconciliations that somebody has to go on with: new ones that the queue has lost, second looks whose time has come,
// those whose process was killed.
import { asSystem } from '@holdfast/shared/persistence';
import type { Clock } from '@holdfast/shared/values';
import { reconciliationsSweptMax } from '../limits.ts';
import type { ReconciliationStore } from './reconciliation.store.ts';

export type SweepReconciliationsDeps = {
  reconciliations: Pick<ReconciliationStore, 'listDue'>;
  clock: Clock;
  enqueue: (job: { tenantId: string; id: string }) => void;
};

/** Has some process look at what is due. */
export async function sweepReconciliations(deps: SweepReconciliationsDeps): Promise<void> {
  const { reconciliations, clock, enqueue } = deps;
  for (const job of await asSystem('sweep', () => reconciliations.listDue(clock.now(), reconciliationsSweptMax))) {
    enqueue(job);
  }
}
