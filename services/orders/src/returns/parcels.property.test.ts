// Whatever staff and customers do with a confirmed order in whatever order: what leaves was held there, what comes back
// had left, and every unit that was ordered is shipped, cancelled or outstanding.
import fc from 'fast-check';
import { it } from 'vitest';
import {
  fulfilmentsOf,
  heldOf,
  outstandingOf,
  statusOf as parcelStatusOf,
  shippedOf,
} from '../fulfilments/fulfilment.ts';
import { decideDeliver, decideDeliverParcel, decideShip } from '../fulfilments/shipping.ts';
import { a, after, at, b, confirmed, east, main } from '../order-in-memory.fixture.ts';
import { decideCancel } from '../orders/cancellation.ts';
import type { OrderEvent } from '../orders/evolve.ts';
import { demandedLines, type Order } from '../orders/order.ts';
import { returnableOf, returnedOf, returnsOf } from './return.ts';
import { decideApprove, decideClose, decideDecline, decideReceive, decideRequest } from './returning.ts';

const variantId = fc.constantFrom(a, b);
const quantity = fc.integer({ min: 1, max: 3 });
const line = fc.record({ variantId, quantity });
const lines = fc.array(line, { minLength: 1, maxLength: 2 });
const place = fc.option(fc.constantFrom(main, east), { nil: undefined });
const actor = 'usr_1';
const nth = fc.nat({ max: 3 });

type Command = (order: Order, id: string) => OrderEvent;
const idAt = (all: readonly { id: string }[], n: number) => all[n % Math.max(1, all.length)]?.id ?? 'none';
const ofReturn = (order: Order, n: number) => ({ returnId: idAt(returnsOf(order), n), actor });
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.tuple(fc.option(lines, { nil: undefined }), place).map(([wanted, locationId]): Command => {
    return (order, fulfilmentId) => decideShip(order, { fulfilmentId, actor, lines: wanted, locationId }, at);
  }),
  nth.map(
    (n): Command =>
      (order) =>
        decideDeliverParcel(order, { fulfilmentId: idAt(fulfilmentsOf(order), n), actor }, at),
  ),
  fc.constant<Command>((order) => decideDeliver(order, { actor }, at)),
  fc.boolean().map(
    (isStaff): Command =>
      (order) =>
        decideCancel(order, { at, actor, reason: 'no', isStaff }),
  ),
  fc.tuple(line, fc.option(fc.constant(30), { nil: undefined })).map(([one, windowDays]): Command => {
    return (order, returnId) => decideRequest(order, { returnId, actor, lines: [one], windowDays }, at);
  }),
  nth.map(
    (n): Command =>
      (order) =>
        decideApprove(order, ofReturn(order, n), at),
  ),
  nth.map(
    (n): Command =>
      (order) =>
        decideDecline(order, ofReturn(order, n), at),
  ),
  fc.tuple(nth, lines, place).map(([n, came, locationId]): Command => {
    const arrived = came.map((one) => ({ ...one, condition: 'new' as const, restock: true, locationId }));
    return (order) => decideReceive(order, { ...ofReturn(order, n), lines: arrived }, at);
  }),
  nth.map(
    (n): Command =>
      (order, paymentId) =>
        decideClose(order, { ...ofReturn(order, n), paymentId }, at),
  ),
);

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

function checkOrder(order: Order): void {
  const shipped = shippedOf(order);
  const outstanding = new Map(outstandingOf(order).map((one) => [one.variantId, one.quantity]));
  for (const one of order.lines) {
    const sum = (shipped.get(one.variantId) ?? 0) + (outstanding.get(one.variantId) ?? 0) + (one.cancelled ?? 0);
    check(sum === one.quantity, `of ${one.quantity} ${one.variantId} ${sum} are shipped, cancelled or outstanding`);
  }
  for (const { variantId: id, locationId, quantity: allocated } of order.allocations) {
    const left = fulfilmentsOf(order)
      .flatMap((parcel) => parcel.lines)
      .filter((one) => one.variantId === id && one.locationId === locationId)
      .reduce((total, one) => total + one.quantity, 0);
    check(left <= allocated, `${left} of ${allocated} ${id} have left ${locationId}`);
  }
  for (const [id, count] of returnedOf(order)) check(count <= (shipped.get(id) ?? 0), `${count} ${id} came back`);
  for (const [id, count] of returnableOf(order)) check(count >= 0, `${count} ${id} can come back`);
  const held = heldOf(order).reduce((total, one) => total + one.quantity, 0);
  const demanded = demandedLines(order).reduce((total, one) => total + one.quantity, 0);
  if (order.status !== 'CANCELLED') check(held === demanded, `${held} are held, ${demanded} demanded`);
  const cost = order.lines.reduce((total, one) => total + one.total.amount, 0);
  check(order.total.amount === cost, `the total ${order.total.amount} is not the cost ${cost}`);
  checkStatus(order, demanded);
}

function checkStatus(order: Order, demanded: number): void {
  const parcels = fulfilmentsOf(order);
  const isAll = parcels.every((one) => parcelStatusOf(one) === 'DELIVERED');
  const expected =
    order.status === 'CANCELLED' || parcels.length === 0
      ? ['CONFIRMED', 'CANCELLED']
      : [demanded > 0 ? 'PARTIALLY_SHIPPED' : isAll ? 'DELIVERED' : 'SHIPPED'];
  check(expected.includes(order.status), `${order.status} instead of ${expected.join()}`);
  check(order.status !== 'CANCELLED' || parcels.length === 0, 'a cancelled order has left');
}

it('keeps its units together, whatever happens to it', () => {
  fc.assert(
    fc.property(fc.array(command, { minLength: 1, maxLength: 25 }), (commands) => {
      let order = confirmed();
      commands.forEach((decide, n) => {
        let event: OrderEvent;
        try {
          event = decide(order, `id_${n}`);
        } catch (error) {
          if ((error as { code?: string }).code === undefined) throw error;
          return;
        }
        order = after(order, event);
        checkOrder(order);
      });
    }),
    { numRuns: 1_000 },
  );
});
