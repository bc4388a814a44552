// Support for tests of deciders: an order in memory, what leaves of it and arrives, and what that publishes.
import { decideDeliverParcel, decideShip, type ShipCommand } from './fulfilments/shipping.ts';
import { evolve, type OrderEvent } from './orders/evolve.ts';
import type { Allocation, Order, OrderLine } from './orders/order.ts';
import { toDomainEvents } from './orders/order-events.ts';

export const at = new Date('2026-01-01T00:00:00Z');
export const [a, b] = ['var_a', 'var_b'];
export const [main, east] = ['loc_main', 'loc_east'];
export const euros = (amount: number) => ({ amount, currency: 'EUR' });
export const lineOf = (variantId: string, quantity: number, price = 500): OrderLine => {
  const names = { variantId, sku: variantId, name: variantId };
  return { ...names, quantity, unitPrice: euros(price), total: euros(price * quantity) };
};

/** Three of a, two at main and one at east; two of b, at east. */
export function confirmed(change: Partial<Order> = {}): Order {
  return {
    id: 'ord_1',
    tenantId: 'ten_1',
    status: 'CONFIRMED',
    customerId: 'usr_c',
    placedBy: 'usr_c',
    lines: [lineOf(a, 3), lineOf(b, 2, 300)],
    total: euros(2_100),
    allocations: [held(a, main, 2), held(a, east, 1), held(b, east, 2)],
    shortages: [],
    cancelReason: null,
    requestHash: 'h',
    request: 1,
    pending: null,
    decision: { status: 'CONFIRMED', at, version: 2 },
    timeline: [],
    decideBefore: at,
    dueAt: null,
    reminderCount: 0,
    version: 2,
    createdAt: at,
    updatedAt: at,
    ...change,
  };
}
export function held(variantId: string, locationId: string, quantity: number): Allocation {
  return { variantId, locationId, quantity };
}
let parcels = 0;
/** A parcel of it leaves. */
export function shipEvent(order: Order, command: Partial<ShipCommand> = {}) {
  parcels += 1;
  return decideShip(order, { fulfilmentId: `ful_${parcels}`, actor: 'usr_s', ...command }, at);
}
export const after = (order: Order, event: OrderEvent) => evolve(order, event, { id: `tml_${order.version + 1}` });
export const ship = (order: Order, command: Partial<ShipCommand> = {}) => after(order, shipEvent(order, command));
export const arrive = (order: Order, n: number, when = at) =>
  after(order, decideDeliverParcel(order, { fulfilmentId: order.fulfilments![n]!.id, actor: 'usr_s' }, when));
export const published = (before: Order, event: OrderEvent) =>
  toDomainEvents(event, before, after(before, event), { newEventId: () => 'evt_1', cause: {} });
/** What was refused, and why. */
export function refusal(work: () => unknown): object {
  try {
    work();
  } catch (error) {
    const { code, extra } = error as { code: string; extra: object };
    return { code, ...extra };
  }
  throw new Error('it was not refused');
}
