// Boot check of the Redis that carries streams, leases and jobs. Invariant: we never run on one that may evict or that
// keeps nothing on disk.

import type { Log } from '../values/index.ts';
import { connectRedis } from './connect.ts';

/**
 * Throws unless the server refuses writes when full (noeviction) and keeps an append-only file. Reads INFO, which needs
 * no CONFIG rights.
 */
export async function assertDurable(redis: { info(section: string): Promise<string> }): Promise<void> {
  const policy = field(await redis.info('memory'), 'maxmemory_policy');
  if (policy !== 'noeviction') {
    throw new Error(
      `Redis at REDIS_URL has maxmemory-policy ${policy ?? 'unknown'}; streams need noeviction (eviction loses events silently).`,
    );
  }
  if (field(await redis.info('persistence'), 'aof_enabled') !== '1') {
    throw new Error('Redis at REDIS_URL has no append-only file; start it with appendonly yes.');
  }
}

/** Throws when the server answers and is not durable. One that is down is checked by whoever connects to it later. */
export async function refuseUndurable(redisUrl: string, log: Pick<Log, 'warn'>): Promise<void> {
  const redis = connectRedis(redisUrl, { purpose: 'boot-check', retry: 'never' });
  try {
    try {
      await redis.connect();
    } catch {
      log.warn({}, 'Redis is down: whether it is durable is checked when it is back');
      return;
    }
    await assertDurable(redis);
  } finally {
    redis.disconnect();
  }
}

/** One field of an INFO answer, or undefined. */
export function field(info: string, name: string): string | undefined {
  for (const line of info.split('\n')) {
    if (line.startsWith(`${name}:`)) return line.slice(name.length + 1).trim();
  }
  return undefined;
}
