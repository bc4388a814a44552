// How many undecided orders each tenant has, about: the last count of all plus what this process placed and saw decided
// since. It bounds what one tenant can pile up while inventory is unavailable;
// it need not be exact and costs no query per order.
import { DomainError } from '@holdfast/shared/errors';
import { asSystem } from '@holdfast/shared/persistence';
import { undecidedPerTenantMax } from '../limits.ts';
import type { OrderStore } from './order.store.ts';

export function createUndecidedOrders(store: Pick<OrderStore, 'countUndecided'>, max = undecidedPerTenantMax) {
  let counted: ReadonlyMap<string, number> = new Map();
  let since = new Map<string, number>();
  const add = (tenantId: string, delta: number) => since.set(tenantId, (since.get(tenantId) ?? 0) + delta);

  return {
    placed: (tenantId: string) => add(tenantId, 1),
    decided: (tenantId: string) => add(tenantId, -1),
    /** Throws `busy` when the tenant has about 5,000 undecided orders. */
    admit(tenantId: string): void {
      if ((counted.get(tenantId) ?? 0) + (since.get(tenantId) ?? 0) < max) return;
      throw new DomainError('busy', { detail: 'Too many orders of this business wait for a decision.' });
    },
    /** Counts anew. */
    async refresh(): Promise<void> {
      const fresh = await asSystem('undecided-orders', () => store.countUndecided());
      counted = fresh;
      since = new Map();
    },
  };
}
export type UndecidedOrders = ReturnType<typeof createUndecidedOrders>;
