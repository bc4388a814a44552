// Waiting until an order is decided, its placement or an edit. Invariant: what is read before giving up is as it is
// stored, so that a missed wake costs only time.
import { asTenant } from '@holdfast/shared/persistence';
import type { Clock } from '@holdfast/shared/values';
import { decisionWaitMs } from '../limits.ts';
import type { DecisionWaiters, Waiter, Waiting } from './decision-waiters.ts';
import type { OrderStore } from './order.store.ts';
import type { Order } from './order.ts';
import type { OrderMemory } from './order-memory.ts';

/** What a client prefers: `respond-async`, milliseconds, or the default wait. */
export type Prefer = number | 'respond-async' | undefined;

/** How long a request waits that prefers this. */
export function waitMsOf(prefer: Prefer, { memory }: { memory: Pick<OrderMemory, 'waiters'> }): number {
  if (prefer === 'respond-async') return 0;
  if (prefer !== undefined) return prefer;
  return memory.waiters.isStalled() ? 0 : decisionWaitMs;
}

type Read = { store: Pick<OrderStore, 'read'> };

/** Waits until the placement is decided. Without a waiter the order is answered as it is. */
export async function waitForDecision(
  order: Order,
  waiter: Waiter | undefined,
  ms: number,
  deps: Read,
): Promise<Order> {
  if (order.decision !== null || waiter === undefined || ms <= 0) return order;
  return next(order, waiter, ms, deps);
}

export type WaitUntil = {
  /** Registered before the order was read or written. */
  waiter: Waiter | undefined;
  waiting: Waiting;
  ms: number;
  isSettled: (order: Order) => boolean;
};
export type WaitUntilDeps = Read & { memory: { waiters: Pick<DecisionWaiters, 'register'> }; clock: Clock };

/** Waits until the order is settled: what wakes it may be news of before, so it waits again until its time is over. */
export async function waitUntil(order: Order, wait: WaitUntil, deps: WaitUntilDeps): Promise<Order> {
  const { waiting, ms, isSettled } = wait;
  const endsAt = deps.clock.monotonicMs() + ms;
  let { waiter } = wait;
  let last = order;
  try {
    while (waiter !== undefined && !isSettled(last) && waiting.gone?.aborted !== true) {
      const leftMs = endsAt - deps.clock.monotonicMs();
      if (leftMs <= 0) break;
      last = await next(last, waiter, leftMs, deps);
      if (isSettled(last)) break;
      waiter.close();
      waiter = deps.memory.waiters.register(waiting);
      // What happened between the wake and the new waiter.
      last = await read(last, deps);
    }
  } finally {
    waiter?.close();
  }
  return last;
}

async function next(order: Order, waiter: Waiter, ms: number, deps: Read): Promise<Order> {
  const wake = await waiter.wait(ms);
  // A change of before may be told after the order was read or written.
  const isNews = wake !== undefined && wake !== 'changed' && wake.version > order.version;
  return isNews ? wake : read(order, deps);
}

async function read(order: Order, { store }: Read): Promise<Order> {
  return (await asTenant(order.tenantId, () => store.read(order.tenantId, order.id))) ?? order;
}
