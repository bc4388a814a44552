// Variants that were sold out a moment ago, from inventory's events. An order for one of them is refused at once,
// without asking inventory: while a sold-out variant is stormed,
// inventory decides one order a second instead of all of them.
// A variant is sold out when no location has any of it left.
// Invariant: what is here is at most 1 s old, counted from the event,
// so that stock that comes back is sold within a second.
import type { EventOf, stockUpdated } from '@holdfast/shared/contracts';
import { boundedMap, type Clock, createVariantStock, keyText } from '@holdfast/shared/values';
import { soldOutCountMax, soldOutMs } from '../limits.ts';
import type { RequestedLine } from './new-order.ts';
import type { Shortage } from './order.ts';

export type SoldOut = {
  /** An event reported this availability at that time: the variant is sold out when it is 0. */
  note(tenantId: string, variantId: string, available: number, eventMs: number): void;
  /** An event reported a level, and what the other locations had. */
  noteLevel(event: EventOf<typeof stockUpdated>): void;
  /**
   * An order released these: for a second inventory decides,
   * so that an order placed after a cancellation finds its stock.
   */
  release(tenantId: string, variantIds: Iterable<string>): void;
  /** The lines that cannot be had; empty when that is not known. */
  shortagesOf(tenantId: string, lines: readonly RequestedLine[]): Shortage[];
};

export function createSoldOut(clock: Pick<Clock, 'now'>): SoldOut {
  const untilMs = boundedMap<string, number>({ max: soldOutCountMax });
  const releasedUntilMs = boundedMap<string, number>({ max: soldOutCountMax });
  const stock = createVariantStock(soldOutCountMax);
  const nowMs = () => clock.now().getTime();

  function note(tenantId: string, variantId: string, available: number, eventMs: number): void {
    const key = keyText(tenantId, variantId);
    // A clock of another machine that runs ahead must not make it last longer.
    if (available > 0 || (releasedUntilMs.get(key) ?? 0) > nowMs()) untilMs.delete(key);
    else untilMs.set(key, Math.min(eventMs, nowMs()) + soldOutMs);
  }

  return {
    note,
    noteLevel({ tenantid, time, aggregateversion: version, data: { variantId, others, ...level } }) {
      const { available } = stock.add(tenantid, variantId, { ...level, version }, others);
      note(tenantid, variantId, available, Date.parse(time));
    },
    release(tenantId, variantIds) {
      for (const variantId of variantIds) {
        const key = keyText(tenantId, variantId);
        untilMs.delete(key);
        releasedUntilMs.set(key, nowMs() + soldOutMs);
      }
    },
    shortagesOf(tenantId, lines) {
      return lines.flatMap(({ variantId, quantity }) => {
        const isSoldOut = (untilMs.get(keyText(tenantId, variantId)) ?? 0) > nowMs();
        return isSoldOut ? [{ variantId, requested: quantity, available: 0 }] : [];
      });
    },
  };
}
