// The settings of tenants in memory, so that an order costs no read of them. Invariant: a change is in force within
// `tenantSettingsMs` of its event.
import { defaultSettings } from '@holdfast/shared/contracts';
import { asTenant } from '@holdfast/shared/persistence';
import { boundedMap, type Clock } from '@holdfast/shared/values';
import { tenantSettingsCountMax, tenantSettingsMs } from '../limits.ts';
import type { OrderSettings, TenantSettingsStore } from './tenant-settings.store.ts';

export type TenantSettingsCache = { of(tenantId: string): Promise<OrderSettings> };

/** In front of the projection; requests of a tenant at the same time share a read. */
export function createTenantSettingsCache(deps: {
  projection: Pick<TenantSettingsStore, 'read'>;
  clock: Pick<Clock, 'monotonicMs'>;
}): TenantSettingsCache {
  const cache = boundedMap<string, Promise<OrderSettings>>({
    max: tenantSettingsCountMax,
    ttlMs: tenantSettingsMs,
    clock: deps.clock,
  });
  const read = async (tenantId: string): Promise<OrderSettings> =>
    (await asTenant(tenantId, () => deps.projection.read(tenantId))) ?? defaultSettings;
  return {
    of(tenantId) {
      const cached = cache.get(tenantId);
      if (cached) return cached;
      const reading = read(tenantId);
      cache.set(tenantId, reading);
      reading.catch(() => cache.delete(tenantId));
      return reading;
    },
  };
}
