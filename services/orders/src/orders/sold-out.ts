// Variants that were sold out a moment ago, from inventory's events. An order for one of them is refused at once, without
// asking inventory: while a sold-out variant is stormed, inventory decides one order a second instead of all of them.
// Invariant: what is here is at most 1 s old, counted from the event, so that stock that comes back is sold within a second.
import type { Clock } from '@holdfast/shared/values';
import { soldOutCountMax, soldOutMs } from '../limits.ts';
import type { RequestedLine } from './new-order.ts';
import type { Shortage } from './order.ts';

export type SoldOut = {
  /** An event told this at that time: sold out when `available` is 0, not any more otherwise. */
  note(tenantId: string, variantId: string, available: number, eventMs: number): void;
  /** An order lets go of these: for a second inventory is asked, so that an order placed after a cancellation finds its stock. */
  release(tenantId: string, variantIds: Iterable<string>): void;
  /** The lines that cannot be had; empty when that is not known. */
  shortagesOf(tenantId: string, lines: readonly RequestedLine[]): Shortage[];
};

export function createSoldOut(clock: Pick<Clock, 'now'>): SoldOut {
  const untilMs = new Map<string, number>();
  const releasedUntilMs = new Map<string, number>();
  const keyOf = (tenantId: string, variantId: string) => `${tenantId} ${variantId}`;

  function isReleased(key: string): boolean {
    const until = releasedUntilMs.get(key);
    if (until === undefined) return false;
    if (until > clock.now().getTime()) return true;
    releasedUntilMs.delete(key);
    return false;
  }

  return {
    note(tenantId, variantId, available, eventMs) {
      const key = keyOf(tenantId, variantId);
      // Removed first, so that the oldest is at the front of the map.
      untilMs.delete(key);
      if (available > 0 || isReleased(key)) return;
      if (untilMs.size >= soldOutCountMax) for (const oldest of untilMs.keys()) if (untilMs.delete(oldest)) break;
      // A clock of another machine that runs ahead must not make it last longer.
      untilMs.set(key, Math.min(eventMs, clock.now().getTime()) + soldOutMs);
    },
    release(tenantId, variantIds) {
      for (const variantId of variantIds) {
        const key = keyOf(tenantId, variantId);
        untilMs.delete(key);
        if (releasedUntilMs.size >= soldOutCountMax) releasedUntilMs.clear();
        releasedUntilMs.set(key, clock.now().getTime() + soldOutMs);
      }
    },
    shortagesOf(tenantId, lines) {
      if (untilMs.size === 0) return [];
      const nowMs = clock.now().getTime();
      return lines.flatMap(({ variantId, quantity }) => {
        const until = untilMs.get(keyOf(tenantId, variantId));
        return until !== undefined && until > nowMs ? [{ variantId, requested: quantity, available: 0 }] : [];
      });
    },
  };
}
