// Redis clients: with the job queues the only place that makes one. Invariant: a client that must not go on after a
// lost connection ('never') neither reconnects, nor queues, nor sends anything twice; its owner learns of every failure
// and starts over with a new client.
import { Redis, type RedisOptions } from 'ioredis';
import {
  commandTimeoutMs,
  connectTimeoutMs,
  disconnectTimeoutMs,
  loadingRetryMs,
  reconnectDelayMaxMs,
  reconnectDelayMinMs,
  reconnectsPerCommandMax,
} from './limits.ts';

export type { Redis } from 'ioredis';

export interface ConnectOptions {
  /** Shown in CLIENT LIST, so that an operator can tell who holds a connection. */
  readonly purpose: string;
  /**
   * forever (default): connects in the background, reconnects for as long as it takes; a command in flight or waiting
   * fails with the next lost or refused connection. never: the caller awaits `redis.connect()`; after a lost connection
   * every command fails, for good.
   */
  readonly retry?: 'forever' | 'never';
  /** For XREAD BLOCK and the like: no time limit on commands. Use such a connection for nothing else. */
  readonly blocking?: boolean;
  /** Commands of one turn of the event loop are sent together: for many small reads at the same time. */
  readonly together?: boolean;
}

/**
 * A client for this URL (`redis://` or `rediss://`). Connection errors reject commands; they are never thrown as an
 * 'error' event.
 */
export function connectRedis(url: string, options: ConnectOptions): Redis {
  const { purpose, retry = 'forever', blocking = false, together = false } = options;
  // Not annotated: the class takes its type parameter from the options, and a wider one is compared member by member.
  const common = {
    connectionName: `holdfast-${purpose}`,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: disconnectTimeoutMs,
    maxLoadingRetryTime: loadingRetryMs,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: together,
    ...(blocking ? {} : { commandTimeout: commandTimeoutMs }),
  } satisfies RedisOptions;
  const redis =
    retry === 'never'
      ? new Redis(url, {
          ...common,
          lazyConnect: true,
          retryStrategy: null,
          maxRetriesPerRequest: 0,
          enableOfflineQueue: false,
        })
      : new Redis(url, {
          ...common,
          retryStrategy: (attempt) => Math.min(reconnectDelayMinMs * 2 ** Math.min(attempt, 10), reconnectDelayMaxMs),
          maxRetriesPerRequest: reconnectsPerCommandMax,
        });
  redis.on('error', () => {});
  return redis;
}
