// How queues and workers of BullMQ reach Redis and notice that one of them has died.
import { Redis } from 'ioredis';
import { drainDelaySeconds, lockMs, reconnectPauseMs, stalledCheckMs, stalledCountMax } from './limits.ts';

/** Of every worker. */
export const workerSettings = {
  lockDuration: lockMs,
  stalledInterval: stalledCheckMs,
  maxStalledCount: stalledCountMax,
  drainDelay: drainDelaySeconds,
  runRetryDelay: reconnectPauseMs,
} as const;

/** A connection that is tried again until `stopping` aborts. */
export function connectForJobs(url: string, stopping: AbortSignal): Redis {
  const redis = new Redis(url, {
    connectionName: 'holdfast-jobs',
    maxLoadingRetryTime: reconnectPauseMs,
    // BullMQ waits for its blocking commands as long as it takes, and must not be pipelined automatically.
    maxRetriesPerRequest: null,
    // Closing waits for an answer of Redis: while Redis is down it would wait for ever.
    retryStrategy: () => (stopping.aborted ? null : reconnectPauseMs),
  });
  redis.on('error', () => {});
  return redis;
}
