// Requests of this process that wait until an order is decided.
// Invariant: a waiter is registered before its order is written, so that no decision can pass unnoticed; it is woken only after the decision is durable.
import { type Clock, systemClock, withTimeout } from '@holdfast/shared/values';
import { decisionStallMs, waiterCountMax } from '../limits.ts';
import type { Order } from './order.ts';

/** The decided order, or `changed`: decided elsewhere, read it. */
export type Wake = Order | 'changed';
export type Waiter = {
  /** Resolves with the wake, or undefined after `ms`. */
  wait(ms: number): Promise<Wake | undefined>;
  close(): void;
};

type Slot = { resolve: (wake: Wake) => void; promise: Promise<Wake> };

export function createDecisionWaiters(clock: Clock = systemClock) {
  const slots = new Map<string, Set<Slot>>();
  let count = 0;
  let waitingSince = 0;

  return {
    /** Undefined when 10,000 wait already: answer 202. */
    register(orderId: string): Waiter | undefined {
      if (count >= waiterCountMax) return undefined;
      const { promise, resolve } = Promise.withResolvers<Wake>();
      const slot: Slot = { promise, resolve };
      const group = slots.get(orderId) ?? new Set();
      slots.set(orderId, group.add(slot));
      if (count++ === 0) waitingSince = clock.now().getTime();
      let open = true;
      const close = () => {
        if (!open) return;
        open = false;
        count--;
        group.delete(slot);
        if (group.size === 0 && slots.get(orderId) === group) slots.delete(orderId);
      };
      return { close, wait: (ms) => waitFor(promise, ms, clock) };
    },

    /** Wakes whoever waits for this order. */
    wake(orderId: string, wake: Wake): void {
      waitingSince = clock.now().getTime();
      for (const slot of slots.get(orderId) ?? []) slot.resolve(wake);
    },

    /** True when orders wait and nothing was decided for 2 s: waiting longer is pointless. */
    isStalled(): boolean {
      return count > 0 && clock.now().getTime() - waitingSince > decisionStallMs;
    },

    get count() {
      return count;
    },
  };
}
export type DecisionWaiters = ReturnType<typeof createDecisionWaiters>;

async function waitFor(promise: Promise<Wake>, ms: number, clock: Clock): Promise<Wake | undefined> {
  return ms <= 0 ? undefined : withTimeout(clock, ms, promise, () => undefined);
}
