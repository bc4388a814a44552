// The numbers of orders, taken ahead in blocks so that an order under load costs no write of its own: a quiet business
// takes them one by one and sees no gaps, a busy one more at a time. Invariant: memory gives a number out once; what a
// process takes with it when it ends is never given out.
import { asTenant } from '@holdfast/shared/persistence';
import { boundedMap, type Clock } from '@holdfast/shared/values';
import { numberBlockMax, numberBlockMs, numberedTenantsMax, returnedNumbersMax } from '../limits.ts';
import type { OrderCounterStore } from './order-numbers.store.ts';

export type OrderNumbers = {
  /** The next number of a business. */
  take(tenantId: string): Promise<number>;
  /** Of an order that was there already under another one: the next order gets it. */
  giveBack(tenantId: string, number: number | undefined): void;
};

type Block = {
  next: number;
  end: number;
  /** Given back, the lowest last. */
  returned: number[];
  size: number;
  takenAtMs: number;
  waiting: number;
  taking: Promise<void> | undefined;
};

export type OrderNumbersDeps = { counters: OrderCounterStore; clock: Pick<Clock, 'monotonicMs'> };

export function createOrderNumbers({ counters, clock }: OrderNumbersDeps): OrderNumbers {
  const blocks = boundedMap<string, Block>({ max: numberedTenantsMax });

  function blockOf(tenantId: string): Block {
    const known = blocks.get(tenantId);
    if (known) return known;
    const block = { next: 0, end: 0, returned: [], size: 1, takenAtMs: -Infinity, waiting: 0, taking: undefined };
    blocks.set(tenantId, block);
    return block;
  }

  async function refill(tenantId: string, block: Block): Promise<void> {
    const now = clock.monotonicMs();
    block.size = nextSize(block, now - block.takenAtMs);
    block.takenAtMs = now;
    const count = Math.min(Math.max(block.size, block.waiting), numberBlockMax);
    block.next = await asTenant(tenantId, () => counters.take(tenantId, count));
    block.end = block.next + count;
  }

  return {
    async take(tenantId) {
      const block = blockOf(tenantId);
      for (;;) {
        const returned = block.returned.pop();
        if (returned !== undefined) return returned;
        if (block.next < block.end) return block.next++;
        block.waiting++;
        try {
          block.taking ??= refill(tenantId, block).finally(() => {
            block.taking = undefined;
          });
          await block.taking;
        } finally {
          block.waiting--;
        }
      }
    },

    giveBack(tenantId, number) {
      const { returned } = blockOf(tenantId);
      if (number === undefined || returned.length >= returnedNumbersMax) return;
      returned.push(number);
      returned.sort((a, b) => b - a);
    },
  };
}

/** Twice as many when the last block did not last, half as many when it lasted ten times as long as it should. */
export function nextSize({ size }: Pick<Block, 'size'>, lastedMs: number): number {
  if (lastedMs < numberBlockMs) return Math.min(size * 2, numberBlockMax);
  return lastedMs < 10 * numberBlockMs ? size : 1;
}
