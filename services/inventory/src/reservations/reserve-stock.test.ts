// The request rules of reservations: does it, refuses it, does nothing twice.
import { keyText, newId } from '@holdfast/shared/values';
import { describe, expect, it } from 'vitest';
import { mainLocationIdOf } from '../locations/location.ts';
import { openBook } from '../stock/stock-book.ts';
import { levelIdOf, type StockLevel } from '../stock/stock-level.ts';
import type { Line, Reservation } from './reservation.ts';
import { reserveStock } from './reserve-stock.ts';
import { type DemandRequest, mergeLines, type StockRequest } from './stock-request.ts';

const tenantId = 'ten_a';
const now = new Date('2026-01-02T03:04:05.678Z');
const locationId = mainLocationIdOf(tenantId);
const levelOf = (variantId: string, onHand: number, reserved = 0, owner = tenantId): StockLevel => {
  const place = mainLocationIdOf(owner);
  const id = levelIdOf(owner, variantId, place);
  const numbers = { onHand, reserved, version: 3, sequence: 7 };
  return { id, tenantId: owner, variantId, locationId: place, ...numbers, movedAt: new Date(0) };
};
const place = (orderId: string, request: number, lines: Line[]): DemandRequest => {
  return { kind: 'place', tenantId, orderId, request, lines: mergeLines(lines), cause: { causationId: 'evt_cause' } };
};
const cancel = (orderId: string, request: number): DemandRequest => {
  return { kind: 'cancel', tenantId, orderId, request, reason: 'order_cancelled', cause: {} };
};
const storedOf = (...reservations: Reservation[]) =>
  new Map(reservations.map((reservation) => [keyText(reservation.tenantId, reservation.id), reservation]));

function decide(requests: StockRequest[], levels: StockLevel[], stored = storedOf(), ids = ['evt_1', 'evt_2']) {
  const book = openBook(levels, now);
  const eventIds = [...ids];
  const changes = reserveStock(requests, book, stored, { now, newEventId: () => eventIds.shift() ?? newId('evt') });
  return {
    changes,
    levels: book.levelChanges(),
    movements: book.movements(),
    events: changes.flatMap((c) => c.events),
  };
}
/** The reservation that these requests leave behind. */
function given(requests: StockRequest[], levels: StockLevel[]): Reservation {
  return decide(requests, levels).changes[0]!.after;
}

describe('placing', () => {
  it('holds every line, with a movement and an event', () => {
    const { changes, levels, movements, events } = decide([place('ord_1', 1, [line('v1', 2)])], [levelOf('v1', 5, 1)]);
    expect(changes).toMatchObject([
      {
        before: undefined,
        after: { id: 'ord_1', state: 'held', outcome: 'held', request: 1, version: 1, lines: [line('v1', 2)] },
      },
    ]);
    expect(levels).toMatchObject([
      { before: { version: 3 }, after: { onHand: 5, reserved: 3, version: 4, sequence: 8 } },
    ]);
    expect(levels[0]!.events[0]).toMatchObject({ aggregateversion: 4, data: { onHand: 5, reserved: 3, available: 2 } });
    expect(movements).toMatchObject([
      { kind: 'reservation', sequence: 8, onHandDelta: 0, reservedDelta: 2, onHandAfter: 5, reservedAfter: 3 },
    ]);
    expect(events).toMatchObject([
      {
        id: 'evt_1',
        type: 'com.holdfast.reservation.held.v1',
        causationid: 'evt_cause',
        data: { orderId: 'ord_1', request: 1, allocations: [{ variantId: 'v1', locationId, quantity: 2 }] },
      },
    ]);
  });

  it('holds nothing when one line is short, and names every short line', () => {
    const lines = [line('v1', 2), line('v2', 9), line('v3', 1)];
    const { changes, levels, movements, events } = decide(
      [place('ord_1', 1, lines)],
      [levelOf('v1', 5), levelOf('v2', 8, 3)],
    );
    expect(levels).toEqual([]);
    expect(movements).toEqual([]);
    expect(changes[0]!.after).toMatchObject({ state: 'rejected', allocations: [], request: 1 });
    expect(events).toMatchObject([
      {
        type: 'com.holdfast.reservation.rejected.v1',
        data: {
          shortages: [
            { variantId: 'v2', requested: 9, available: 5 },
            { variantId: 'v3', requested: 1, available: 0 },
          ],
        },
      },
    ]);
  });

  it('gives the last unit to the first of the stream', () => {
    const requests = ['ord_1', 'ord_2', 'ord_3'].map((orderId) => place(orderId, 1, [line('v1', 1)]));
    const { changes, levels } = decide(requests, [levelOf('v1', 1)]);
    expect(changes.map((change) => change.after.state)).toEqual(['held', 'rejected', 'rejected']);
    expect(levels).toMatchObject([{ after: { onHand: 1, reserved: 1 } }]);
  });

  it('changes a level once per batch, with one event of its final numbers', () => {
    const requests = ['ord_1', 'ord_2'].map((orderId) => place(orderId, 1, [line('v1', 2)]));
    const { levels, movements } = decide(requests, [levelOf('v1', 9)]);
    expect(levels).toMatchObject([
      { after: { reserved: 4, version: 4, sequence: 9 }, events: [{ data: { reserved: 4 } }] },
    ]);
    expect(movements.map((movement) => movement.sequence)).toEqual([8, 9]);
  });

  it('merges two lines of one variant', () => {
    const { movements } = decide([place('ord_1', 1, [line('v1', 1), line('v1', 2)])], [levelOf('v1', 5)]);
    expect(movements).toMatchObject([{ reservedDelta: 3 }]);
  });

  it("finds nothing in another tenant's level of that variant", () => {
    const { changes, levels } = decide([place('ord_1', 1, [line('v1', 1)])], [levelOf('v1', 5, 0, 'ten_b')]);
    expect(changes[0]!.after).toMatchObject({ state: 'rejected' });
    expect(levels).toEqual([]);
  });
});

describe('a repeated request', () => {
  const held = given([place('ord_1', 1, [line('v1', 2)])], [levelOf('v1', 5)]);
  const rejected = given([place('ord_1', 1, [line('v1', 9)])], [levelOf('v1', 5)]);

  it.each([
    ['held', held],
    ['rejected', rejected],
  ])('changes nothing and re-emits the %s outcome under a new event id', (outcome, reservation) => {
    const again = place('ord_1', 1, [line('v1', 2)]);
    const { changes, levels, movements, events } = decide([again], [levelOf('v1', 99)], storedOf(reservation), [
      'evt_again',
    ]);
    expect(changes).toMatchObject([{ before: reservation, after: reservation }]);
    expect([...levels, ...movements]).toEqual([]);
    expect(events).toMatchObject([{ id: 'evt_again', type: `com.holdfast.reservation.${outcome}.v1` }]);
  });

  it('re-emits what a release gave back', () => {
    const released = given([place('ord_1', 1, [line('v1', 2)]), cancel('ord_1', 2)], [levelOf('v1', 5)]);
    const { events, movements } = decide([cancel('ord_1', 2)], [levelOf('v1', 5)], storedOf(released), ['evt_again']);
    expect(events).toMatchObject([{ id: 'evt_again', data: { allocations: [{ variantId: 'v1', quantity: 2 }] } }]);
    expect(movements).toEqual([]);
  });

  it('is ignored when it is smaller', () => {
    const released = given([cancel('ord_1', 2)], []);
    const outcome = decide([place('ord_1', 1, [line('v1', 1)])], [levelOf('v1', 5)], storedOf(released));
    expect(outcome).toEqual({ changes: [], levels: [], movements: [], events: [] });
  });
});

describe('cancelling', () => {
  const held = given([place('ord_1', 1, [line('v1', 2), line('v2', 1)])], [levelOf('v1', 5), levelOf('v2', 5)]);

  it('gives back what is held', () => {
    const levels = [levelOf('v1', 5, 2), levelOf('v2', 5, 1)];
    const outcome = decide([cancel('ord_1', 2)], levels, storedOf(held));
    expect(outcome.changes).toMatchObject([
      { before: { version: 1 }, after: { state: 'released', request: 2, version: 2 } },
    ]);
    expect(outcome.levels).toMatchObject([{ after: { reserved: 0 } }, { after: { reserved: 0 } }]);
    expect(outcome.movements).toMatchObject([
      { kind: 'release', reservedDelta: -2, reason: 'order_cancelled' },
      { kind: 'release', reservedDelta: -1 },
    ]);
  });

  it('leaves a tombstone when nothing is there, so that the place that comes late holds nothing', () => {
    const tombstone = given([cancel('ord_1', 2)], []);
    expect(tombstone).toMatchObject({ state: 'released', request: 2, allocations: [] });
    const late = decide([place('ord_1', 1, [line('v1', 1)])], [levelOf('v1', 5)], storedOf(tombstone));
    expect(late.movements).toEqual([]);
  });

  it('takes nothing from a rejected order', () => {
    const rejected = given([place('ord_1', 1, [line('v1', 9)])], [levelOf('v1', 5)]);
    const { movements, changes } = decide([cancel('ord_1', 2)], [levelOf('v1', 5)], storedOf(rejected));
    expect(movements).toEqual([]);
    expect(changes).toMatchObject([{ after: { state: 'released', allocations: [], shortages: [] } }]);
  });

  it('frees stock for an order that is later in the same batch', () => {
    const requests = [cancel('ord_1', 2), place('ord_2', 1, [line('v1', 2)])];
    const { changes, levels } = decide(requests, [levelOf('v1', 2, 2), levelOf('v2', 5, 1)], storedOf(held));
    expect(changes.map((change) => change.after.state)).toEqual(['released', 'held']);
    expect(levels[0]).toMatchObject({ after: { onHand: 2, reserved: 2, sequence: 9 } });
  });

  it('in the batch of its place writes the reservation once, with both events', () => {
    const requests = [place('ord_1', 1, [line('v1', 1)]), cancel('ord_1', 2)];
    const { changes, levels, movements } = decide(requests, [levelOf('v1', 1)]);
    expect(changes).toMatchObject([{ before: undefined, after: { state: 'released', version: 2 } }]);
    expect(changes[0]!.events).toMatchObject([
      { id: 'evt_1', aggregateversion: 1 },
      { id: 'evt_2', aggregateversion: 2 },
    ]);
    expect(levels).toMatchObject([{ after: { reserved: 0, sequence: 9 } }]);
    expect(movements).toHaveLength(2);
  });
});

describe('a greater place', () => {
  it('moves only the difference to what is held', () => {
    const held = given([place('ord_1', 1, [line('v1', 2), line('v2', 3)])], [levelOf('v1', 5), levelOf('v2', 5)]);
    const levels = [levelOf('v1', 5, 2), levelOf('v2', 5, 3)];
    const { movements } = decide([place('ord_1', 2, [line('v1', 5), line('v2', 1)])], levels, storedOf(held));
    expect(movements.map(({ kind, reservedDelta }) => [kind, reservedDelta])).toEqual([
      ['reservation', 3],
      ['release', -2],
    ]);
  });

  it('that is refused raises the request and leaves state and lines', () => {
    const held = given([place('ord_1', 1, [line('v1', 2)])], [levelOf('v1', 5)]);
    const refused = place('ord_1', 2, [line('v1', 6)]);
    const { changes, movements, events } = decide([refused], [levelOf('v1', 5, 2)], storedOf(held));
    expect(changes).toMatchObject([
      { after: { request: 2, state: 'held', outcome: 'rejected', lines: [line('v1', 2)], version: 2 } },
    ]);
    expect(movements).toEqual([]);
    expect(events).toMatchObject([{ data: { request: 2, shortages: [{ requested: 6, available: 5 }] } }]);
  });

  it('holds again after a release', () => {
    const released = given([place('ord_1', 1, [line('v1', 2)]), cancel('ord_1', 2)], [levelOf('v1', 5)]);
    const { changes, movements } = decide([place('ord_1', 3, [line('v1', 2)])], [levelOf('v1', 5)], storedOf(released));
    expect(changes).toMatchObject([{ after: { state: 'held', request: 3, version: 3 } }]);
    expect(movements).toMatchObject([{ kind: 'reservation', reservedDelta: 2 }]);
  });
});

function line(variantId: string, quantity: number): Line {
  return { variantId, quantity };
}

describe('an order that is re-emitted', () => {
  const told = (request: DemandRequest, isAwaited: boolean): DemandRequest => ({ ...request, isAwaited });
  const levels = () => [levelOf('v1', 5, 2)];
  const held = given([place('ord_1', 1, [line('v1', 2)])], [levelOf('v1', 5)]);

  it('is decided where its request was never heard of, or is newer', () => {
    const unheard = decide([told(place('ord_1', 1, [line('v1', 2)]), true)], [levelOf('v1', 5)]);
    expect(unheard.changes).toMatchObject([{ after: { state: 'held', request: 1 } }]);
    const cancelled = decide([told(cancel('ord_1', 2), false)], levels(), storedOf(held));
    expect(cancelled.changes).toMatchObject([{ after: { state: 'released', request: 2 } }]);
    expect(cancelled.movements).toMatchObject([{ kind: 'release', reservedDelta: -2 }]);
  });

  it('is answered again where it waits for the answer, and changes nothing', () => {
    const { changes, movements } = decide([told(place('ord_1', 1, [line('v1', 2)]), true)], levels(), storedOf(held));
    expect(changes).toMatchObject([{ after: held, events: [{ type: 'com.holdfast.reservation.held.v1' }] }]);
    expect(movements).toEqual([]);
  });

  it('is passed over where the answer is known, or its request is an old one', () => {
    const newer = { ...held, request: 3 };
    expect(decide([told(place('ord_1', 1, [line('v1', 2)]), false)], levels(), storedOf(held)).changes).toEqual([]);
    expect(decide([told(cancel('ord_1', 2), true)], levels(), storedOf(newer)).changes).toEqual([]);
  });
});
