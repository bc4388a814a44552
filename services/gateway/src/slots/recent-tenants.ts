// Which tenants have asked lately: in the current stretch of time or in the one before it.
import type { Clock } from '@holdfast/shared/values';

export type RecentTenants = {
  add(tenant: string): void;
  /** True when another tenant has asked within `ms`; false at the latest after twice that. */
  hasOthers(tenant: string): boolean;
};

/** Nobody has asked. */
export function createRecentTenants(ms: number, clock: Pick<Clock, 'monotonicMs'>): RecentTenants {
  let current = new Set<string>();
  let before = new Set<string>();
  let beganMs = clock.monotonicMs();
  function turnOver(): void {
    const stretches = Math.floor((clock.monotonicMs() - beganMs) / ms);
    if (stretches === 0) return;
    before = stretches === 1 ? current : new Set();
    current = new Set();
    beganMs += stretches * ms;
  }
  const others = (tenants: Set<string>, tenant: string) => tenants.size > (tenants.has(tenant) ? 1 : 0);
  return {
    add(tenant) {
      turnOver();
      current.add(tenant);
    },
    hasOthers(tenant) {
      turnOver();
      return others(current, tenant) || others(before, tenant);
    },
  };
}
