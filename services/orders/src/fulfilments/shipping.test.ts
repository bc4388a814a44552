import { describe, expect, it } from 'vitest';
import { fulfilmentsMax, shippedLinesMax } from '../limits.ts';
import {
  a,
  after,
  arrive,
  at,
  b,
  confirmed,
  east,
  euros,
  held,
  lineOf,
  main,
  published,
  refusal,
  ship,
  shipEvent,
} from '../order-in-memory.fixture.ts';
import { decideCancel } from '../orders/cancellation.ts';
import type { Allocation, Order } from '../orders/order.ts';
import { snapshotEvent } from '../orders/order-events.ts';
import { heldOf, outstandingOf, statusOf, versionOf } from './fulfilment.ts';
import { type Correction, decideCorrect, decideDeliver, decideDeliverParcel } from './shipping.ts';

describe('shipping', () => {
  it('without lines takes all that is outstanding, from where it is held', () => {
    const order = ship(confirmed());
    expect(order.status).toBe('SHIPPED');
    expect(order.fulfilments![0]!.lines).toEqual(confirmed().allocations);
    expect([outstandingOf(order), heldOf(order)]).toEqual([[], []]);
    expect(order.timeline.at(-1)).toMatchObject({ from: 'CONFIRMED', to: 'SHIPPED', event: 'fulfilment.shipped' });
  });

  it('in parts is PARTIALLY_SHIPPED until nothing is outstanding', () => {
    const first = ship(confirmed(), { lines: [{ variantId: a, quantity: 1 }] });
    expect(first).toMatchObject({ status: 'PARTIALLY_SHIPPED', request: 1 });
    const second = ship(first, {
      lines: [
        { variantId: a, quantity: 1 },
        { variantId: b, quantity: 1 },
        { variantId: a, quantity: 1 },
      ],
    });
    expect(second.status).toBe('PARTIALLY_SHIPPED');
    expect(second.fulfilments![1]!.lines).toEqual([held(a, main, 1), held(a, east, 1), held(b, east, 1)]);
    expect(outstandingOf(second)).toEqual([{ variantId: b, quantity: 1 }]);
    expect(ship(second).status).toBe('SHIPPED');
  });

  it('from a location takes only what is held there', () => {
    const first = ship(confirmed(), { locationId: east });
    expect(first.fulfilments![0]!.lines).toEqual([held(a, east, 1), held(b, east, 2)]);
    expect(heldOf(first)).toEqual([held(a, main, 2)]);
    expect(refusal(() => shipEvent(first, { locationId: east }))).toEqual({ code: 'over_shipment', lines: [] });
    expect(refusal(() => shipEvent(first, { locationId: east, lines: [{ variantId: a, quantity: 1 }] }))).toEqual({
      code: 'over_shipment',
      lines: [{ variantId: a, remaining: 0 }],
    });
  });

  it('beyond what is outstanding is refused, with what is left of each', () => {
    const lines = [
      { variantId: a, quantity: 4 },
      { variantId: b, quantity: 2 },
    ];
    const remaining = [{ variantId: a, remaining: 3 }];
    expect(refusal(() => shipEvent(confirmed(), { lines }))).toEqual({ code: 'over_shipment', lines: remaining });
    const unknown = [...lines, { variantId: 'var_x', quantity: 1 }];
    expect(refusal(() => shipEvent(confirmed(), { lines: unknown }))).toEqual({
      code: 'unknown_line',
      variantIds: ['var_x'],
    });
    expect(refusal(() => shipEvent(confirmed(), { locationId: 'loc_x' }))).toEqual({
      code: 'unknown_line',
      locationId: 'loc_x',
    });
  });

  it('needs no stock that is available: the last units are held', () => {
    const order = confirmed({ lines: [lineOf(a, 1)], allocations: [held(a, main, 1)] });
    expect(ship(order).status).toBe('SHIPPED');
  });

  it('waits while a change of the order is pending', () => {
    const pending = { request: 2, kind: 'place' } as const;
    expect(refusal(() => shipEvent(confirmed({ pending })))).toEqual({ code: 'change_pending' });
    expect(refusal(() => shipEvent(confirmed({ status: 'PENDING', pending })))).toEqual({ code: 'change_pending' });
  });

  it.each(['AWAITING_PAYMENT', 'REJECTED', 'EXPIRED', 'CANCELLED', 'SHIPPED', 'DELIVERED'] as const)(
    'is illegal for an order that is %s',
    (status) => {
      expect(refusal(() => shipEvent(confirmed({ status })))).toMatchObject({
        code: 'illegal_transition',
        orderStatus: status,
      });
    },
  );

  it('is bounded in parcels and in their lines', () => {
    const [parcel] = ship(confirmed()).fulfilments!;
    const of = (count: number, lines: readonly Allocation[]) =>
      Array.from({ length: count }, (_, n) => ({ ...parcel!, id: `ful_x${n}`, lines }));
    const many = confirmed({ fulfilments: of(fulfilmentsMax, [held('var_z', main, 1)]) });
    expect(refusal(() => shipEvent(many))).toEqual({ code: 'too_many_parcels' });
    expect(ship({ ...many, fulfilments: many.fulfilments!.slice(1) }).fulfilments).toHaveLength(fulfilmentsMax);
    const long = confirmed({ fulfilments: of(1, Array(shippedLinesMax - 2).fill(held('var_z', main, 1))) });
    expect(refusal(() => shipEvent(long))).toEqual({ code: 'too_many_parcels' });
  });

  it('publishes what left and from where, and no number of a carrier', () => {
    const before = confirmed();
    const event = shipEvent(before, { carrier: 'DHL', trackingNumber: 'T-1', locationId: east });
    const events = published(before, event);
    expect(events.map(({ type }) => type)).toEqual([
      'com.holdfast.fulfilment.shipped.v1',
      'com.holdfast.order.shipped.v1',
    ]);
    const about = { orderId: 'ord_1', status: 'PARTIALLY_SHIPPED', from: 'CONFIRMED', request: 1 };
    expect(events[0]!.data).toMatchObject({ ...about, lines: [held(a, east, 1), held(b, east, 2)] });
    expect(events[1]!.data).toMatchObject(about);
    expect(JSON.stringify(events)).not.toMatch(/DHL|T-1/);
  });
});

describe('delivery', () => {
  it('of the last parcel delivers the order, of one before it does not', () => {
    const half = ship(confirmed(), { locationId: main });
    const halfArrived = arrive(half, 0);
    expect(halfArrived.status).toBe('PARTIALLY_SHIPPED');
    expect(halfArrived.timeline.at(-1)).toMatchObject({ event: 'fulfilment.delivered', actor: 'usr_s' });
    const shipped = ship(halfArrived);
    expect(shipped.status).toBe('SHIPPED');
    const event = decideDeliverParcel(shipped, { fulfilmentId: shipped.fulfilments![1]!.id, actor: 'usr_s' }, at);
    expect(published(shipped, event).map(({ type }) => type)).toEqual([
      'com.holdfast.fulfilment.delivered.v1',
      'com.holdfast.order.delivered.v1',
    ]);
    const delivered = after(shipped, event);
    expect(delivered.status).toBe('DELIVERED');
    expect(delivered.fulfilments!.map(statusOf)).toEqual(['DELIVERED', 'DELIVERED']);
  });

  it('of an order delivers every parcel that is on the way, and tells each', () => {
    const shipped = ship(
      arrive(ship(ship(confirmed(), { locationId: main }), { lines: [{ variantId: b, quantity: 1 }] }), 0),
    );
    const event = decideDeliver(shipped, { actor: 'usr_s' }, at);
    expect(event).toMatchObject({ fulfilmentIds: shipped.fulfilments!.slice(1).map(({ id }) => id) });
    expect(published(shipped, event)).toHaveLength(3);
    expect(after(shipped, event)).toMatchObject({ status: 'DELIVERED' });
  });

  it('is refused twice, for what is unknown, and while anything is outstanding', () => {
    const half = ship(confirmed(), { locationId: main });
    const deliver = (order: Order, fulfilmentId: string) =>
      decideDeliverParcel(order, { fulfilmentId, actor: 'u' }, at);
    expect(refusal(() => deliver(arrive(half, 0), half.fulfilments![0]!.id))).toMatchObject({
      code: 'illegal_transition',
      fulfilmentStatus: 'DELIVERED',
      allowed: [],
    });
    expect(refusal(() => deliver(half, 'ful_unknown'))).toEqual({ code: 'not_found' });
    expect(refusal(() => decideDeliver(half, { actor: 'u' }, at))).toMatchObject({
      code: 'illegal_transition',
      orderStatus: 'PARTIALLY_SHIPPED',
      allowed: ['SHIPPED'],
    });
  });
});

describe('correcting a parcel', () => {
  const correct = (order: Order, patch: Correction) =>
    decideCorrect(order, { fulfilmentId: order.fulfilments![0]!.id, actor: 'usr_s', patch }, at);

  it('changes what its carrier knows it by, not what left; a patch that changes nothing is no change', () => {
    const order = ship(confirmed(), { carrier: 'DHL', trackingNumber: 'T-1' });
    const corrected = after(order, correct(order, { trackingNumber: 'T-2' })!);
    const [before, now] = [order.fulfilments![0]!, corrected.fulfilments![0]!];
    expect(now).toEqual({ ...before, trackingNumber: 'T-2', corrections: 1 });
    expect([versionOf(before), versionOf(now), corrected.status]).toEqual([1, 2, 'SHIPPED']);
    expect(correct(corrected, { carrier: 'DHL', trackingNumber: 'T-2' })).toBeUndefined();
    expect(correct(corrected, {})).toBeUndefined();
    const bare = after(corrected, correct(corrected, { carrier: null, trackingNumber: null })!);
    expect(Object.keys(bare.fulfilments![0]!)).not.toContain('carrier');
    expect(correct(bare, { carrier: null })).toBeUndefined();
    const [event] = published(order, correct(order, { trackingNumber: 'T-2' })!);
    expect(event!.type).toBe('com.holdfast.order.edited.v1');
    expect(JSON.stringify(event)).not.toContain('T-2');
  });

  it('ends with its arrival', () => {
    const order = arrive(ship(confirmed()), 0);
    expect(refusal(() => correct(order, { carrier: 'UPS' }))).toMatchObject({ fulfilmentStatus: 'DELIVERED' });
  });
});

describe('cancelling the rest', () => {
  const cancel = (order: Order, isStaff = true) =>
    decideCancel(order, { at, actor: 'usr_s', reason: 'sold out', isStaff });

  it('gives up what has not left: lines, total and the next request', () => {
    const half = ship(confirmed(), { lines: [{ variantId: a, quantity: 2 }] });
    const event = cancel(half);
    const order = after(half, event);
    expect(order).toMatchObject({ status: 'SHIPPED', request: 2, total: euros(1_000), cancelReason: null });
    expect(order.lines).toMatchObject([
      { quantity: 3, cancelled: 1, total: euros(1_000) },
      { quantity: 2, cancelled: 2, total: euros(0) },
    ]);
    expect([outstandingOf(order), heldOf(order)]).toEqual([[], []]);
    const rest = [
      { variantId: a, quantity: 1 },
      { variantId: b, quantity: 2 },
    ];
    expect(published(half, event)[0]!.data).toMatchObject({ lines: rest, request: 2, total: euros(1_000) });
  });

  it('keeps charges and discounts, and costs never less than nothing', () => {
    const half = ship(confirmed({ total: euros(2_600) }), { lines: [{ variantId: a, quantity: 1 }] });
    expect(after(half, cancel(half)).total).toEqual(euros(1_000));
    const cheap = ship(confirmed({ total: euros(100) }), { lines: [{ variantId: a, quantity: 1 }] });
    expect(after(cheap, cancel(cheap)).total).toEqual(euros(0));
  });

  it('of what has all arrived delivers the order', () => {
    const half = arrive(ship(confirmed(), { locationId: main }), 0);
    expect(after(half, cancel(half)).status).toBe('DELIVERED');
  });

  it('is for staff only, and only once', () => {
    const half = ship(confirmed(), { locationId: main });
    expect(refusal(() => cancel(half, false))).toMatchObject({ code: 'illegal_transition' });
    const order = after(half, cancel(half));
    expect(refusal(() => cancel(order))).toMatchObject({ code: 'illegal_transition', orderStatus: 'SHIPPED' });
  });
});

it('a snapshot tells what is demanded now, and every parcel that has left', () => {
  const stamp = { now: at, newEventId: () => 'evt_1', cause: {} };
  const half = ship(confirmed(), { locationId: main });
  expect(snapshotEvent(half, stamp).data).toMatchObject({
    lines: [
      { variantId: a, quantity: 1 },
      { variantId: b, quantity: 2 },
    ],
    fulfilments: [{ fulfilmentId: half.fulfilments![0]!.id, lines: [held(a, main, 2)] }],
  });
  expect(snapshotEvent(ship(half), stamp).data).toMatchObject({ lines: [], fulfilments: [{}, {}] });
  expect(snapshotEvent(confirmed(), stamp).data).not.toHaveProperty('fulfilments');
});
