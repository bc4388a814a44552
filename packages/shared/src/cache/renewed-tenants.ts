// Tenants of whose answers this process believes those that are stored: since it is told of changes it has given the
// tenant a new stamp. What was stored before may be of before a change that nobody heard of.
import { boundedMap } from '../values/index.ts';
import type { CacheStore } from './cache-store.ts';
import { renewedTenantsMax } from './limits.ts';
import { tenantTag } from './stamp.ts';

/** None at first; a store that cannot be asked renews none. */
export function renewedTenants(store: CacheStore | undefined) {
  const renewed = () => boundedMap<string, true>({ max: renewedTenantsMax });
  const renewing = new Map<string, Promise<boolean>>();
  let done = renewed();
  let doubts = 0;

  async function renew(tenantId: string): Promise<boolean> {
    const before = doubts;
    try {
      await store!.renew(tenantId, tenantTag);
      // What was forgotten meanwhile may not be accounted for.
      if (before !== doubts) return false;
      done.set(tenantId, true);
      return true;
    } catch {
      return false;
    } finally {
      renewing.delete(tenantId);
    }
  }

  return {
    has: (tenantId: string): boolean => done.get(tenantId) === true,
    /** False when it could not be renewed. */
    async renew(tenantId: string): Promise<boolean> {
      const running = renewing.get(tenantId) ?? Promise.resolve().then(() => renew(tenantId));
      renewing.set(tenantId, running);
      return running;
    },
    forget(tenantId: string): void {
      doubts += 1;
      done.delete(tenantId);
    },
    forgetAll(): void {
      doubts += 1;
      done = renewed();
    },
  };
}
