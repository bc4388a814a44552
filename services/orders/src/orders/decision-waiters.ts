// Requests of this process that wait until an order is decided.
// Invariant: a waiter is registered before its order is written, so that no decision can pass unnoticed; it is woken
// only after the decision is durable.
import { type Clock, systemClock, withTimeout } from '@holdfast/shared/values';
import { decisionStallMs } from '../limits.ts';
import type { Order } from './order.ts';
import { createWaitingBudget, type WaitingKind } from './waiting-budget.ts';

/** The decided order, or `changed`: decided elsewhere, read it. */
export type Wake = Order | 'changed';
export type Waiter = {
  /** Resolves with the wake, or undefined after `ms` or when it is closed. */
  wait(ms: number): Promise<Wake | undefined>;
  close(): void;
};

/** A request that wants to wait. */
export type Waiting = {
  orderId: string;
  tenantId: string;
  kind: WaitingKind;
  /** Aborts when the client disconnects; then it stops waiting. */
  gone?: AbortSignal | undefined;
};

type Slot = { resolve: (wake: Wake | undefined) => void; promise: Promise<Wake | undefined> };

export function createDecisionWaiters(clock: Clock = systemClock) {
  const slots = new Map<string, Set<Slot>>();
  const budget = createWaitingBudget();
  let waitingSince = 0;

  return {
    /** Undefined when too many wait already: answer at once. */
    register({ orderId, tenantId, kind, gone }: Waiting): Waiter | undefined {
      if (budget.count === 0) waitingSince = clock.now().getTime();
      const leave = budget.enter(tenantId, kind);
      if (leave === undefined) return undefined;
      const { promise, resolve } = Promise.withResolvers<Wake | undefined>();
      const slot: Slot = { promise, resolve };
      const group = slots.get(orderId) ?? new Set();
      slots.set(orderId, group.add(slot));
      const close = () => {
        leave();
        resolve(undefined);
        gone?.removeEventListener('abort', close);
        group.delete(slot);
        if (group.size === 0 && slots.get(orderId) === group) slots.delete(orderId);
      };
      gone?.addEventListener('abort', close);
      if (gone?.aborted) close();
      return { close, wait: (ms) => waitFor(promise, ms, clock) };
    },

    /** Wakes the requests that wait for this order. */
    wake(orderId: string, wake: Wake): void {
      waitingSince = clock.now().getTime();
      for (const slot of slots.get(orderId) ?? []) slot.resolve(wake);
    },

    /** True when orders wait and nothing was decided for 2 s: waiting longer is pointless. */
    isStalled(): boolean {
      return budget.count > 0 && clock.now().getTime() - waitingSince > decisionStallMs;
    },

    get count() {
      return budget.count;
    },
  };
}
export type DecisionWaiters = ReturnType<typeof createDecisionWaiters>;

async function waitFor(promise: Promise<Wake | undefined>, ms: number, clock: Clock): Promise<Wake | undefined> {
  return ms <= 0 ? undefined : withTimeout(clock, ms, promise, () => undefined);
}
