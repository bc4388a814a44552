// Something scarce of this process that tenants share: a bound for all, and a smaller one for each,
// so that none can take it all.
export type Shares = {
  /** Takes an amount for a tenant; returns how to give it back (once), or undefined when a bound is reached. */
  take(tenantId: string, amount?: number): (() => void) | undefined;
};

/** Nothing taken yet. */
export function createShares({ max, tenantMax }: { max: number; tenantMax: number }): Shares {
  const byTenant = new Map<string, number>();
  let taken = 0;
  function give(tenantId: string, amount: number): void {
    const left = byTenant.get(tenantId)! - amount;
    taken -= amount;
    if (left > 0) byTenant.set(tenantId, left);
    else byTenant.delete(tenantId);
  }
  return {
    take(tenantId, amount = 1) {
      const own = (byTenant.get(tenantId) ?? 0) + amount;
      if (taken + amount > max || own > tenantMax) return undefined;
      byTenant.set(tenantId, own);
      taken += amount;
      let isGiven = false;
      return () => {
        if (!isGiven) give(tenantId, amount);
        isGiven = true;
      };
    },
  };
}
