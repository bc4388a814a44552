// Finds jobs that the queue has lost or nobody works on any more, and removes files whose time is over.
// Invariant: each change is conditional on the version that was read, so that two sweeps at once do no harm.
import type { WorkQueue } from '@holdfast/shared/jobs';
import { asTenant } from '@holdfast/shared/persistence';
import type { Clock, Log } from '@holdfast/shared/values';
import type { Storage } from '../storage/storage.ts';
import type { Job, JobChange } from './job.ts';

export type SweptJobs<J extends Job & { file: string }> = {
  store: {
    listDue(now: Date): Promise<{ tenantId: string; id: string }[]>;
    listExpired(now: Date): Promise<J[]>;
    saveOne(change: JobChange<J>): Promise<boolean>;
  };
  queue: Pick<WorkQueue, 'enqueue'>;
  /** The job without its file. */
  withoutFile(job: J): JobChange<J>;
};
type SweepDeps = { storage: Pick<Storage, 'remove'>; clock: Pick<Clock, 'now'>; log: Log };

/** One bounded pass over a kind of jobs. */
export async function sweepJobs<J extends Job & { file: string }>(
  { store, queue, withoutFile }: SweptJobs<J>,
  { storage, clock, log }: SweepDeps,
): Promise<void> {
  const now = clock.now();
  for (const job of await store.listDue(now)) queue.enqueue(job);
  for (const job of await store.listExpired(now)) {
    try {
      await storage.remove(job.file);
      await asTenant(job.tenantId, () => store.saveOne(withoutFile(job)));
    } catch (error) {
      log.warn({ err: error, tenantId: job.tenantId, jobId: job.id }, 'a file whose time is over was not removed');
    }
  }
}
