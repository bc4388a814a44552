// Boot check of the Redis that carries streams, leases and jobs. Invariant: we never run on one that may evict or that keeps nothing on disk.
import type { Redis } from 'ioredis';

/** Throws unless the server refuses writes when full (noeviction) and keeps an append-only file. Reads INFO, which needs no CONFIG rights. */
export async function assertDurable(redis: Redis): Promise<void> {
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

/** One field of an INFO answer, or undefined. */
export function field(info: string, name: string): string | undefined {
  for (const line of info.split('\n')) {
    if (line.startsWith(`${name}:`)) return line.slice(name.length + 1).trim();
  }
  return undefined;
}
