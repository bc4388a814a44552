// Work on single jobs, spread over the processes of a service. Invariant: the queue only says that a job may be worth a
// look. What there is to do and how far it is lies in MongoDB, where a sweep finds what the queue has lost; a job may
// be run twice, also at once, so that what a run changes must be conditional.
import { Queue, Worker } from 'bullmq';
import { outsideContext } from '../persistence/index.ts';
import { type Log, systemClock, withTimeout } from '../values/index.ts';
import { connectForJobs, workerSettings } from './connection.ts';
import { closeMs, failedKeptMax } from './limits.ts';

/** Names the document of a job. */
export type JobRef = { readonly tenantId: string; readonly id: string };

export interface WorkQueueOptions {
  /** Unique on the platform, such as `catalog-imports`; no colon. */
  readonly name: string;
  readonly redisUrl: string;
  /** Default `g1`; part of every key, so that tests do not meet. */
  readonly generation?: string;
  /** Jobs that this process runs at once. */
  readonly concurrency: number;
  /** The signal aborts when the process stops: what is left is somebody else's then. */
  readonly run: (job: JobRef, signal: AbortSignal) => Promise<void>;
  readonly log: Log;
}

export interface WorkQueue {
  /** Has some process look at the job soon. Never waits and never fails: what is not queued is found by the sweep. */
  enqueue(job: JobRef): void;
  /** Ends the jobs that are running here. */
  stop(): Promise<void>;
}

/** Starts a worker; returns at once, also while Redis is down. */
export function startWorkQueue(options: WorkQueueOptions): WorkQueue {
  return outsideContext(() => {
    const { name, generation = 'g1', concurrency, run, log } = options;
    const stopping = new AbortController();
    const connection = connectForJobs(options.redisUrl, stopping.signal);
    const settings = { connection, prefix: `{jobs:${generation}}` };
    const queue = new Queue(name, settings);
    const running = new Set<Promise<void>>();
    const work = async ({ data }: { data: unknown }) => {
      const { tenantId, id } = data as JobRef;
      const one = run({ tenantId: String(tenantId), id: String(id) }, stopping.signal);
      const ended = one.catch((error) => log.error({ err: error, queue: name, tenantId, jobId: id }, 'job failed'));
      running.add(ended);
      await ended.finally(() => running.delete(ended));
    };
    const worker = new Worker(name, work, { ...settings, ...workerSettings, concurrency });
    queue.on('error', () => {});
    worker.on('error', () => {});
    return {
      enqueue({ tenantId, id }) {
        // One entry per job: while it waits or runs, further ones add nothing.
        const opts = { jobId: id, removeOnComplete: true, removeOnFail: { count: failedKeptMax } };
        void outsideContext(() => queue.add(name, { tenantId, id }, opts).catch(() => {}));
      },
      async stop() {
        stopping.abort();
        await Promise.all(running);
        const closed = worker.close().then(() => queue.close());
        await withTimeout(systemClock, closeMs, closed, () => {}).catch(() => {});
        connection.disconnect();
      },
    };
  });
}
