// What parcels and returns do to stock: each once, what is held first, and never what nobody has.
import { newId } from '@holdfast/shared/values';
import { describe, expect, it } from 'vitest';
import { parcelsMax, restocksMax } from '../limits.ts';
import { type Location, mainLocationIdOf, newLocation } from '../locations/location.ts';
import { locationKind, noteArrivals } from '../stock/arrivals.ts';
import { openBook } from '../stock/stock-book.ts';
import { openDocuments } from '../stock/stock-documents.ts';
import { levelIdOf, type StockLevel } from '../stock/stock-level.ts';
import type { Allocation, Parcel, Reservation } from './reservation.ts';
import { reserveStock } from './reserve-stock.ts';
import type { DemandRequest, StockRequest } from './stock-request.ts';

const tenantId = 'ten_a';
const orderId = 'ord_1';
const now = new Date('2026-01-02T03:04:05.678Z');
const main = mainLocationIdOf(tenantId);
const about = { tenantId, orderId, cause: {} };

const levelOf = (onHand: number, reserved = 0, locationId = main, variantId = 'v1'): StockLevel => {
  const id = levelIdOf(tenantId, variantId, locationId);
  return { id, tenantId, variantId, locationId, onHand, reserved, version: 3, sequence: 7, movedAt: new Date(0) };
};
const locationOf = (id: string, deletedAt: Date | null = null): Location => {
  const facts = { id, tenantId, name: id, priority: 1, createdAt: now, creation: null };
  return { ...newLocation(facts), deletedAt };
};
const units = (quantity: number, locationId = main, variantId = 'v1'): Allocation => {
  return { variantId, locationId, quantity };
};
const held = (...allocations: Allocation[]): Reservation => {
  const lines = allocations.map(({ variantId, quantity }) => ({ variantId, quantity }));
  const dates = { createdAt: new Date(0), updatedAt: new Date(0) };
  const decided = { request: 1, version: 1, state: 'held', outcome: 'held' } as const;
  return { id: orderId, tenantId, ...decided, lines, allocations, shortages: [], ...dates };
};
const place = (request: number, quantity: number): DemandRequest => {
  return { kind: 'place', ...about, request, lines: [{ variantId: 'v1', quantity }] };
};
const cancel = (request: number): DemandRequest => ({
  kind: 'cancel',
  ...about,
  request,
  reason: 'order_rest_cancelled',
});
const ship = (id: string, ...lines: Allocation[]): StockRequest => {
  return { kind: 'ship', ...about, request: 1, parcel: { id, lines } };
};
const restock = (id: string, ...lines: Allocation[]): StockRequest => {
  return { kind: 'restock', ...about, request: 1, restock: { id, lines } };
};

function decide(
  requests: StockRequest[],
  levels: StockLevel[],
  { current, locations = [] }: { current?: Reservation | undefined; locations?: Location[] } = {},
) {
  const book = openBook(levels, now);
  const documents = openDocuments(new Map([[locationKind.name, locations]]));
  const stored = new Map(current ? [[`${tenantId}\n${orderId}`, current]] : []);
  const changes = reserveStock(requests, book, stored, { now, newEventId: () => newId('evt'), documents });
  noteArrivals(book, documents);
  return {
    after: changes[0]?.after,
    events: changes.flatMap((change) => change.events),
    levels: book.levels().map(({ locationId, onHand, reserved }) => ({ locationId, onHand, reserved })),
    moved: book
      .movements()
      .map(({ kind, reason, onHandDelta, reservedDelta }) => [kind, reason, onHandDelta, reservedDelta]),
    arrivals: documents.changes(locationKind).map(({ after }) => after.id),
  };
}

describe('a parcel', () => {
  it('takes what is held for it off the shelf, and is told', () => {
    const { after, events, levels, moved } = decide([ship('ful_1', units(2))], [levelOf(5, 3)], {
      current: held(units(3)),
    });
    expect(levels).toEqual([{ locationId: main, onHand: 3, reserved: 1 }]);
    expect(moved).toEqual([['shipment', 'order_shipped', -2, -2]]);
    expect(after).toMatchObject({ state: 'held', allocations: [units(1)], lines: [{ variantId: 'v1', quantity: 1 }] });
    expect(after).toMatchObject({
      version: 2,
      request: 1,
      outcome: 'held',
      parcels: [{ id: 'ful_1', lines: [units(2)] }],
    });
    expect(events).toMatchObject([
      {
        type: 'com.holdfast.reservation.consumed.v1',
        aggregateversion: 2,
        data: { orderId, request: 1, fulfilmentId: 'ful_1', allocations: [units(2)] },
      },
    ]);
  });

  it('of the last units leaves though nothing is available', () => {
    const { after, levels } = decide([ship('ful_1', units(3))], [levelOf(3, 3)], { current: held(units(3)) });
    expect(levels).toEqual([{ locationId: main, onHand: 0, reserved: 0 }]);
    expect(after).toMatchObject({ state: 'consumed', allocations: [], lines: [] });
    expect(after!.former).toEqual([{ variantId: 'v1', locationId: main }]);
  });

  it('that comes again takes nothing', () => {
    const once = decide([ship('ful_1', units(2))], [levelOf(5, 3)], { current: held(units(3)) });
    const again = decide([ship('ful_1', units(2))], [levelOf(3, 1)], { current: once.after });
    expect(again).toMatchObject({ moved: [], events: [], after: undefined });
    const together = decide([ship('ful_1', units(2)), ship('ful_1', units(2))], [levelOf(5, 3)], {
      current: held(units(3)),
    });
    expect(together.moved).toHaveLength(1);
  });

  it('of what is not held any more takes what is available', () => {
    const released = decide([cancel(2)], [levelOf(5, 3)], { current: held(units(3)) }).after;
    const { after, levels, moved } = decide([ship('ful_1', units(2))], [levelOf(5, 1)], { current: released });
    expect(levels).toEqual([{ locationId: main, onHand: 3, reserved: 1 }]);
    expect(moved).toEqual([['shipment', 'order_shipped', -2, 0]]);
    expect(after).toMatchObject({ state: 'consumed', outcome: 'released' });
  });

  it('from elsewhere than where its units are held gives those back', () => {
    const levels = [levelOf(5, 3), levelOf(4, 0, 'loc_b')];
    const out = decide([ship('ful_1', units(2, 'loc_b'))], levels, { current: held(units(3)) });
    expect(out.levels).toEqual([
      { locationId: main, onHand: 5, reserved: 1 },
      { locationId: 'loc_b', onHand: 2, reserved: 0 },
    ]);
    expect(out.moved).toEqual([
      ['shipment', 'order_shipped', -2, 0],
      ['release', 'shipped_elsewhere', 0, -2],
    ]);
    expect(out.after).toMatchObject({ state: 'held', allocations: [units(1)] });
  });

  it('leaves the hold of other places alone', () => {
    const current = held(units(2), units(2, 'loc_b'));
    const out = decide([ship('ful_1', units(2, 'loc_b'))], [levelOf(2, 2), levelOf(2, 2, 'loc_b')], { current });
    expect(out.levels).toEqual([
      { locationId: main, onHand: 2, reserved: 2 },
      { locationId: 'loc_b', onHand: 0, reserved: 0 },
    ]);
    expect(out.after!.allocations).toEqual([units(2)]);
  });

  it('takes its own places first, and what it gives back at one of them is one movement', () => {
    const levels = [levelOf(5, 3), levelOf(4, 0, 'loc_b')];
    const out = decide([ship('ful_1', units(2, 'loc_b'), units(1))], levels, { current: held(units(3)) });
    expect(out.levels).toEqual([
      { locationId: main, onHand: 4, reserved: 0 },
      { locationId: 'loc_b', onHand: 2, reserved: 0 },
    ]);
    expect(out.moved).toEqual([
      ['shipment', 'order_shipped', -2, 0],
      ['shipment', 'order_shipped', -1, -3],
    ]);
    expect(out.after!.state).toBe('consumed');
  });

  it('of units that nobody has fails, and so does one of a level that does not exist', () => {
    const current = held(units(1));
    expect(() => decide([ship('ful_1', units(3))], [levelOf(3, 2)], { current })).toThrow('would leave level');
    expect(() => decide([ship('ful_1', units(1, 'loc_x'))], [levelOf(3, 1)], { current })).toThrow('there is no level');
  });

  it('of an order that was never heard of leaves a reservation that holds nothing', () => {
    const { after, levels, events } = decide([ship('ful_1', units(2))], [levelOf(5)]);
    expect(levels).toMatchObject([{ onHand: 3, reserved: 0 }]);
    expect(after).toMatchObject({ state: 'consumed', request: 1, version: 1, allocations: [] });
    expect(events).toMatchObject([{ type: 'com.holdfast.reservation.consumed.v1' }]);
    // The demand that comes late is no newer.
    const late = decide([place(1, 2)], [levelOf(3)], { current: after });
    expect(late.moved).toEqual([]);
  });

  it('beyond those that are remembered fails', () => {
    const parcels: Parcel[] = Array.from({ length: parcelsMax }, (_, n) => ({ id: `ful_${n}`, lines: [] }));
    const current = { ...held(units(1)), parcels };
    expect(() => decide([ship('ful_x', units(1))], [levelOf(3, 1)], { current })).toThrow('more parcels');
    const restocks = Array.from({ length: restocksMax }, (_, n) => ({ id: `ret_${n}`, lines: [] }));
    const full = { ...held(units(1)), restocks };
    expect(() => decide([restock('ret_x', units(1))], [levelOf(3, 1)], { current: full })).toThrow('more returns');
  });
});

describe('after a parcel', () => {
  const partly = () => decide([ship('ful_1', units(2))], [levelOf(5, 3)], { current: held(units(3)) }).after;

  it('cancelling the rest releases only what is not shipped', () => {
    const { after, moved, levels } = decide([cancel(2)], [levelOf(3, 1)], { current: partly() });
    expect(moved).toEqual([['release', 'order_rest_cancelled', 0, -1]]);
    expect(levels).toMatchObject([{ onHand: 3, reserved: 0 }]);
    expect(after).toMatchObject({ state: 'consumed', outcome: 'released', request: 2, allocations: [units(1)] });
  });

  it('the demand of the rest holds as much as before', () => {
    const { after, moved } = decide([place(2, 1)], [levelOf(3, 1)], { current: partly() });
    expect(moved).toEqual([]);
    expect(after).toMatchObject({ state: 'held', request: 2, allocations: [units(1)], parcels: [{ id: 'ful_1' }] });
  });

  it('a refused demand leaves it as it is', () => {
    const { after } = decide([place(2, 9)], [levelOf(3, 1)], { current: partly() });
    expect(after).toMatchObject({ state: 'held', outcome: 'rejected', request: 2, allocations: [units(1)] });
  });
});

describe('a return', () => {
  const shipped = () => decide([ship('ful_1', units(3))], [levelOf(5, 3)], { current: held(units(3)) }).after;

  it('is on hand again, and publishes no version of the reservation', () => {
    const { after, events, levels, moved } = decide([restock('ret_1', units(1))], [levelOf(2)], { current: shipped() });
    expect(levels).toEqual([{ locationId: main, onHand: 3, reserved: 0 }]);
    expect(moved).toEqual([['return', 'returned', 1, 0]]);
    expect(events).toEqual([]);
    expect(after).toMatchObject({
      state: 'consumed',
      version: 2,
      restocks: [{ id: 'ret_1', lines: [units(1)] }],
    });
  });

  it('that is received twice restocks once', () => {
    const once = decide([restock('ret_1', units(1)), restock('ret_1', units(1))], [levelOf(2)], { current: shipped() });
    expect(once.moved).toHaveLength(1);
    const again = decide([restock('ret_1', units(1))], [levelOf(3)], { current: once.after });
    expect(again).toMatchObject({ moved: [], after: undefined });
  });

  it('opens a level at a location that had none, which is told to whoever knows the variant or the location', () => {
    const locations = [locationOf('loc_b')];
    const out = decide([restock('ret_1', units(1, 'loc_b'))], [levelOf(2)], { current: shipped(), locations });
    expect(out.levels).toEqual([
      { locationId: main, onHand: 2, reserved: 0 },
      { locationId: 'loc_b', onHand: 1, reserved: 0 },
    ]);
    expect(out.arrivals).toEqual(['loc_b']);
  });

  it('to a location that is gone, or is none of the tenant, lies at the main one, with what was to come there', () => {
    const lines = [units(1, 'loc_gone'), units(1), units(1, 'loc_of_nobody')];
    const locations = [locationOf('loc_gone', now)];
    const out = decide([restock('ret_1', ...lines)], [levelOf(2)], { current: shipped(), locations });
    expect(out.levels).toEqual([{ locationId: main, onHand: 5, reserved: 0 }]);
    expect(out.moved).toEqual([['return', 'returned', 3, 0]]);
    expect(out.after!.restocks).toEqual([{ id: 'ret_1', lines: [units(3)] }]);
  });

  it('of an order that was never heard of is remembered all the same', () => {
    const { after, events } = decide([restock('ret_1', units(1))], [levelOf(2)]);
    expect(after).toMatchObject({ state: 'released', version: 1, restocks: [{ id: 'ret_1' }] });
    expect(events).toMatchObject([{ type: 'com.holdfast.reservation.released.v1', aggregateversion: 1 }]);
  });
});

describe('an order that is re-emitted', () => {
  const parcel = { id: 'ful_1', lines: [units(2)] };
  const back = { id: 'ret_1', lines: [units(1)] };
  const told = (demand: DemandRequest, parts: object = {}): StockRequest => {
    return {
      kind: 'snapshot',
      ...about,
      parcels: [parcel],
      restocks: [],
      demand: { ...demand, isAwaited: false },
      ...parts,
    };
  };

  it('makes up for the parcels and returns that were not heard of, and for its demand', () => {
    const { after, levels, events } = decide([told(place(1, 1), { restocks: [back] })], [levelOf(5)]);
    expect(levels).toMatchObject([{ onHand: 4, reserved: 1 }]);
    expect(after).toMatchObject({ state: 'held', request: 1, version: 1, allocations: [units(1)] });
    expect(after).toMatchObject({ parcels: [parcel], restocks: [back] });
    expect(events).toMatchObject([{ type: 'com.holdfast.reservation.held.v1', aggregateversion: 1 }]);
  });

  it('takes a missed parcel from what is held, in one version however much was missed', () => {
    const parcels = [parcel, { id: 'ful_2', lines: [units(1)] }];
    const { after, moved } = decide([told(cancel(1), { parcels })], [levelOf(5, 3)], { current: held(units(3)) });
    expect(moved).toEqual([
      ['shipment', 'order_shipped', -2, -2],
      ['shipment', 'order_shipped', -1, -1],
    ]);
    expect(after).toMatchObject({ state: 'consumed', version: 2, request: 1, outcome: 'held' });
  });

  it('changes nothing where all of it is known', () => {
    const current = decide([ship('ful_1', units(2))], [levelOf(5, 3)], { current: held(units(3)) }).after;
    const again = decide([told(place(1, 1))], [levelOf(3, 1)], { current });
    expect(again).toMatchObject({ moved: [], after: undefined });
  });

  it('is answered once more where it waits, with what it makes up for', () => {
    const asked = { ...place(2, 3), isAwaited: true };
    const current = { ...held(units(3)), request: 2 };
    const { events } = decide([told(cancel(2), { demand: asked })], [levelOf(5, 3)], { current });
    expect(events).toMatchObject([{ type: 'com.holdfast.reservation.held.v1', aggregateversion: 2 }]);
  });
});
