// A parcel that leaves in the moment in which the order is cancelled: one of both decides.
import { afterAll, expect, it } from 'vitest';
import { a, at, euros } from '../order-in-memory.fixture.ts';
import { race, raceTimeoutMs, tally } from '../order-races.fixture.ts';
import { cancelOrder } from '../orders/cancel-order.ts';
import type { ChangeOrder } from '../orders/change-order.ts';
import type { Order } from '../orders/order.ts';
import { openFixture } from '../orders.fixture.ts';
import { outstandingOf, shippedOf } from './fulfilment.ts';
import { shipOrder } from './ship-order.ts';

const fixture = await openFixture();
afterAll(() => fixture.close());

type Process = { changeOrder: ChangeOrder };
const command = ({ tenantId, id }: Order) => ({ tenantId, orderId: id, actor: 'usr_s' });
const cancel = (isStaff: boolean) => (order: Order, process: Process) =>
  cancelOrder({ ...command(order), reason: 'no', isStaff }, process);
const ship = (quantity?: number) => (order: Order, process: Process) => {
  const lines = quantity === undefined ? undefined : [{ variantId: a, quantity }];
  return shipOrder({ ...command(order), lines }, process);
};
const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, one) => sum + one, 0);

it('of the whole order either ships it or finds it cancelled', { timeout: raceTimeoutMs }, async () => {
  const races = await race(fixture, (order) => order, [cancel(true), ship()]);
  for (const { outcomes, after } of races) {
    if (outcomes[0] === 'done') {
      expect([outcomes[1], after.status, after.request]).toEqual(['illegal_transition', 'CANCELLED', 2]);
      expect(after.fulfilments).toBeUndefined();
    } else {
      expect([...outcomes, after.status, after.request]).toEqual(['illegal_transition', 'done', 'SHIPPED', 1]);
      expect(total(shippedOf(after))).toBe(5);
    }
    expect(after.timeline).toHaveLength(1);
  }
  // Each of both was first now and then.
  expect(Object.keys(tally(races)).sort()).toEqual(['done illegal_transition', 'illegal_transition done']);
});

it('of a part, cancelled by staff, ships it or finds it cancelled; the rest is given up either way', {
  timeout: raceTimeoutMs,
}, async () => {
  const races = await race(fixture, (order) => order, [cancel(true), ship(1)]);
  for (const { outcomes, after } of races) {
    expect(outcomes[0]).toBe('done');
    expect(after.request).toBe(2);
    if (outcomes[1] === 'done') {
      expect(after).toMatchObject({ status: 'SHIPPED', total: euros(500) });
      expect([total(shippedOf(after)), outstandingOf(after)]).toEqual([1, []]);
    } else {
      expect([outcomes[1], after.status, after.fulfilments]).toEqual(['illegal_transition', 'CANCELLED', undefined]);
    }
  }
});

it('of the same units leaves with one of two parcels', { timeout: raceTimeoutMs }, async () => {
  const races = await race(fixture, (order) => ({ ...order, updatedAt: at }), [ship(2), ship(2)]);
  for (const { outcomes, after } of races) {
    expect([...outcomes].sort()).toEqual(['done', 'over_shipment']);
    expect([after.status, total(shippedOf(after))]).toEqual(['PARTIALLY_SHIPPED', 2]);
  }
});
