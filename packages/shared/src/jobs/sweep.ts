// Work that is due by time: a BullMQ scheduler wakes one worker, which looks for due rows in MongoDB. Invariant: the
// schedule is only a rhythm. What is due lies in MongoDB, so a lost Redis delays a sweep and loses nothing; a sweep
// never overlaps itself in one process, and what it changes must be conditional, because it may run twice.
import { Queue, Worker } from 'bullmq';
import { outsideContext } from '../persistence/index.ts';
import { type Log, systemClock, withTimeout } from '../values/index.ts';
import { connectForJobs, workerSettings } from './connection.ts';
import { closeMs, failedKeptMax, finishedKeptMax, runMs, upsertMs } from './limits.ts';

export interface SweepOptions {
  /** Unique on the platform, such as `orders-undecided`; no colon. */
  readonly name: string;
  readonly redisUrl: string;
  /** Default `g1`; part of every key, so that tests do not meet. */
  readonly generation?: string;
  readonly everyMs: number;
  /** One bounded look at what is due. The signal aborts when it takes too long or the process stops. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly log: Log;
  /** How often the schedule is declared anew. Default 30 s. */
  readonly upsertEveryMs?: number;
}

export interface Sweep {
  /** Waits for a running sweep to end. Other processes go on with the schedule. */
  stop(): Promise<void>;
}

/** Starts a worker and declares its schedule; resolves at once, also while Redis is down. */
export async function startSweep(options: SweepOptions): Promise<Sweep> {
  return outsideContext(() => {
    const { name, generation = 'g1', log } = options;
    const stopping = new AbortController();
    const connection = connectForJobs(options.redisUrl, stopping.signal);
    const settings = { connection, prefix: `{jobs:${generation}}` };
    const queue = new Queue(name, settings);
    let running: Promise<void> = Promise.resolve();
    const work = () => {
      const run = runOnce(options, stopping.signal);
      running = run.catch(() => {});
      return run;
    };
    const worker = new Worker(name, work, { ...settings, ...workerSettings, concurrency: 1 });
    // That Redis is down is no news for every sweep; it shows when a declaration fails.
    queue.on('error', () => {});
    worker.on('error', () => {});
    const declare = () =>
      declareSchedule(queue, options).catch((error) => log.warn({ err: error, sweep: name }, 'schedule not declared'));
    void declare();
    const timer = setInterval(declare, options.upsertEveryMs ?? upsertMs);
    return {
      async stop() {
        clearInterval(timer);
        stopping.abort();
        await running;
        // Says goodbye to Redis, which cannot be waited for when it is down.
        const closed = worker.close().then(() => queue.close());
        await withTimeout(systemClock, closeMs, closed, () => {}).catch(() => {});
        connection.disconnect();
      },
    };
  });
}

async function declareSchedule(queue: Queue, { name, everyMs }: SweepOptions): Promise<void> {
  const opts = { removeOnComplete: { count: finishedKeptMax }, removeOnFail: { count: failedKeptMax } };
  await queue.upsertJobScheduler(name, { every: everyMs }, { name, opts });
}

async function runOnce({ name, run, log }: SweepOptions, stopping: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(runMs)]);
  const startedMs = performance.now();
  try {
    await run(signal);
  } catch (error) {
    log.error({ err: error, sweep: name }, 'sweep failed');
    throw error;
  } finally {
    const tookMs = Math.round(performance.now() - startedMs);
    if (tookMs > runMs) log.error({ sweep: name, tookMs }, 'sweep took too long');
  }
}
