// How many requests of a process may wait for decisions. Each holds a connection of the gateway meanwhile, and
// connections are bounded: waiting requests must leave room for the others. Invariants: one tenant cannot use up the
// whole budget; waiting reads cannot use up what placements need.
import {
  readsWaitingMax,
  readsWaitingPerTenantMax,
  requestsWaitingMax,
  requestsWaitingPerTenantMax,
} from '../limits.ts';

export type WaitingKind = 'placement' | 'read';

export type WaitingBudget = {
  /** Lets a request wait; call what it returns when it ends. Undefined: it must not wait. */
  enter(tenantId: string, kind: WaitingKind): (() => void) | undefined;
  readonly count: number;
};

type Counts = { all: number; reads: number };

export function createWaitingBudget(): WaitingBudget {
  const total: Counts = { all: 0, reads: 0 };
  const tenants = new Map<string, Counts>();
  const add = (counts: Counts, kind: WaitingKind, change: number) => {
    counts.all += change;
    if (kind === 'read') counts.reads += change;
  };
  return {
    enter(tenantId, kind) {
      const own = tenants.get(tenantId) ?? { all: 0, reads: 0 };
      if (total.all >= requestsWaitingMax || own.all >= requestsWaitingPerTenantMax) return undefined;
      if (kind === 'read' && (total.reads >= readsWaitingMax || own.reads >= readsWaitingPerTenantMax))
        return undefined;
      tenants.set(tenantId, own);
      for (const counts of [total, own]) add(counts, kind, 1);
      let isIn = true;
      return () => {
        if (!isIn) return;
        isIn = false;
        for (const counts of [total, own]) add(counts, kind, -1);
        if (own.all === 0) tenants.delete(tenantId);
      };
    },
    get count() {
      return total.all;
    },
  };
}
