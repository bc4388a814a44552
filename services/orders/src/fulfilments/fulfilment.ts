// A fulfilment: one parcel of an order, what left in it and from where. It is a part of its order, so that one
// compare-and-set decides between shipping, cancelling and editing. Pure.
// Invariant: what has been shipped of a variant from a location never exceeds what the order holds there.
import type { fulfilmentStatuses } from '@holdfast/shared/contracts';
import type { Allocation, Order, OrderLine } from '../orders/order.ts';

export type FulfilmentStatus = (typeof fulfilmentStatuses)[number];

export type Fulfilment = {
  id: string;
  /** One per variant and location. */
  lines: readonly Allocation[];
  carrier?: string | undefined;
  trackingNumber?: string | undefined;
  shippedBy: string;
  shippedAt: Date;
  /** How often its carrier or number was corrected; absent: never. */
  corrections?: number | undefined;
  /** Once it has arrived. */
  delivery?: { by: string; at: Date } | undefined;
};

export function statusOf({ delivery }: Fulfilment): FulfilmentStatus {
  return delivery === undefined ? 'SHIPPED' : 'DELIVERED';
}

/** 1 when it leaves, and one more when it is corrected and when it arrives. */
export function versionOf({ corrections = 0, delivery }: Fulfilment): number {
  return 1 + corrections + (delivery === undefined ? 0 : 1);
}

/** The parcels of an order; orders of early releases have none. */
export function fulfilmentsOf({ fulfilments = [] }: Pick<Order, 'fulfilments'>): readonly Fulfilment[] {
  return fulfilments;
}

type Parcels = Pick<Order, 'lines' | 'fulfilments'>;

/** How much of each variant has left. */
export function shippedOf(order: Pick<Order, 'fulfilments'>): ReadonlyMap<string, number> {
  const shipped = new Map<string, number>();
  for (const { lines } of fulfilmentsOf(order)) {
    for (const { variantId, quantity } of lines) shipped.set(variantId, (shipped.get(variantId) ?? 0) + quantity);
  }
  return shipped;
}

/** What an order still has to ship: ordered, neither cancelled nor shipped; without lines of which nothing is left. */
export function outstandingOf(order: Parcels): { variantId: string; quantity: number }[] {
  const shipped = shippedOf(order);
  return order.lines.flatMap((line) => {
    const quantity = outstanding(line, shipped);
    return quantity > 0 ? [{ variantId: line.variantId, quantity }] : [];
  });
}

function outstanding({ variantId, quantity, cancelled = 0 }: OrderLine, shipped: ReadonlyMap<string, number>): number {
  return quantity - cancelled - (shipped.get(variantId) ?? 0);
}

/** What the order still holds at each location and may ship from there, in the order in which it was allocated. */
export function heldOf(order: Parcels & Pick<Order, 'allocations'>): Allocation[] {
  const left = new Map(outstandingOf(order).map(({ variantId, quantity }) => [variantId, quantity]));
  const taken = fulfilmentsOf(order).flatMap(({ lines }) => lines);
  return order.allocations.flatMap(({ variantId, locationId, quantity }) => {
    const gone = taken
      .filter((line) => line.variantId === variantId && line.locationId === locationId)
      .reduce((sum, line) => sum + line.quantity, 0);
    const held = Math.min(quantity - gone, left.get(variantId) ?? 0);
    if (held <= 0) return [];
    left.set(variantId, left.get(variantId)! - held);
    return [{ variantId, locationId, quantity: held }];
  });
}
