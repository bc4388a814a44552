// The settings of tenants in memory, so that an order costs no read of them. Invariant: a change is in force within
// `tenantSettingsMs` of its event.
import { priceStaleness } from '@holdfast/shared/contracts';
import { asTenant } from '@holdfast/shared/persistence';
import { boundedMap, type Clock } from '@holdfast/shared/values';
import { tenantSettingsCountMax, tenantSettingsMs } from '../limits.ts';
import type { TenantSettingsStore } from './tenant-settings.store.ts';

export type TenantSettingsCache = {
  /** How old what is known of the catalog may be when an order is priced by it, in milliseconds. */
  priceStalenessMs(tenantId: string): Promise<number>;
};

/** In front of the projection; requests of a tenant at the same time share a read. */
export function createTenantSettingsCache(deps: {
  projection: Pick<TenantSettingsStore, 'read'>;
  clock: Pick<Clock, 'monotonicMs'>;
}): TenantSettingsCache {
  const cache = boundedMap<string, Promise<number>>({
    max: tenantSettingsCountMax,
    ttlMs: tenantSettingsMs,
    clock: deps.clock,
  });
  async function read(tenantId: string): Promise<number> {
    const known = await asTenant(tenantId, () => deps.projection.read(tenantId));
    return (known?.priceStalenessSeconds ?? priceStaleness.defaultSeconds) * 1_000;
  }
  return {
    priceStalenessMs(tenantId) {
      const cached = cache.get(tenantId);
      if (cached) return cached;
      const reading = read(tenantId);
      cache.set(tenantId, reading);
      reading.catch(() => cache.delete(tenantId));
      return reading;
    },
  };
}
