// Leases, the one module behind which redlock lives. Invariant: a lease only saves work. There is no fencing token:
// whoever holds one may have lost it a moment ago, and two holders must corrupt nothing (what they write is
// conditional).
import type { Redis } from 'ioredis';
import Redlock from 'redlock';

export interface Lease {
  readonly key: string;
  /** True when the lease is still ours and lasts `ttlMs` from now; false when it is lost or Redis did not answer. */
  extend(): Promise<boolean>;
  /** Gives it up at once; a lease that cannot be given up ends by itself. */
  release(): Promise<void>;
}

/** Tries once to take the lease for `ttlMs`; undefined when somebody else holds it or Redis is down. */
export function acquireLease(redis: Redis, key: string, ttlMs: number): Promise<Lease | undefined> {
  return tryLease(redis, key, ttlMs).catch(() => undefined);
}

/** Tries once to take the lease for `ttlMs`; undefined when somebody else holds it. Rejects when Redis is down. */
export async function tryLease(redis: Redis, key: string, ttlMs: number): Promise<Lease | undefined> {
  const redlock = new Redlock([redis as unknown as Redlock.CompatibleRedisClient], { retryCount: 0 });
  let failure: unknown;
  redlock.on('clientError', (error) => {
    failure = error;
  });
  const lock = await redlock.acquire(key, ttlMs).then(
    (held) => held,
    () => undefined,
  );
  if (!lock && failure !== undefined) throw failure;
  if (!lock) return undefined;
  let held: Redlock.Lock = lock;
  return {
    key,
    async extend() {
      try {
        held = await held.extend(ttlMs);
        return true;
      } catch {
        return false;
      }
    },
    async release() {
      try {
        await held.unlock();
      } catch {
        // It expires by itself.
      }
    },
  };
}
