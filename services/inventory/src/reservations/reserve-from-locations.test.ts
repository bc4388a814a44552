// Orders served from several locations: which of them, all lines or none, and what an edit moves.
import { keyText, newId } from '@holdfast/shared/values';
import { describe, expect, it } from 'vitest';
import { mainLocationIdOf } from '../locations/location.ts';
import { movementsOfOrder } from '../stock/referenced-movements.ts';
import { openBook } from '../stock/stock-book.ts';
import { levelIdOf, type StockLevel } from '../stock/stock-level.ts';
import type { Line, Reservation } from './reservation.ts';
import { reserveStock } from './reserve-stock.ts';
import { mergeLines, type StockRequest } from './stock-request.ts';

const tenantId = 'ten_a';
const main = mainLocationIdOf(tenantId);
const now = new Date('2026-01-02T03:04:05.678Z');
const priorities = new Map([
  [main, 2],
  ['loc_n', 1],
  ['loc_s', 2],
]);
const at = (locationId: string, variantId: string, onHand: number, reserved = 0): StockLevel => {
  const id = levelIdOf(tenantId, variantId, locationId);
  return { id, tenantId, variantId, locationId, onHand, reserved, version: 3, sequence: 7, movedAt: new Date(0) };
};
const place = (orderId: string, request: number, lines: Line[]): StockRequest => {
  return { kind: 'place', tenantId, orderId, request, lines: mergeLines(lines), cause: {} };
};
const line = (variantId: string, quantity: number): Line => ({ variantId, quantity });

function decide(requests: StockRequest[], levels: StockLevel[], ...stored: Reservation[]) {
  const book = openBook(levels, now);
  const known = new Map(stored.map((reservation) => [keyText(tenantId, reservation.id), reservation]));
  const changes = reserveStock(requests, book, known, { now, newEventId: () => newId('evt'), priorities });
  const held = changes.map(({ after }) =>
    after.allocations.map(({ variantId, locationId, quantity }) => `${quantity} ${variantId} ${locationId}`),
  );
  return { book, changes, held };
}

describe('an order', () => {
  it('is served by the first priority, and by the next one with what that has not', () => {
    const levels = [at(main, 'v1', 9), at('loc_n', 'v1', 2), at('loc_s', 'v1', 1)];
    const { held, book } = decide([place('ord_1', 1, [line('v1', 5)])], levels);
    expect(held).toEqual([['2 v1 loc_n', `3 v1 ${main}`]]);
    expect(book.movements().map(({ locationId, reservedDelta }) => [locationId, reservedDelta])).toEqual([
      ['loc_n', 2],
      [main, 3],
    ]);
  });

  it('is served with the fewest parcels among locations of one priority', () => {
    const levels = [at(main, 'v1', 9), at('loc_s', 'v1', 1), at('loc_s', 'v2', 1)];
    expect(decide([place('ord_1', 1, [line('v1', 1), line('v2', 1)])], levels).held).toEqual([
      ['1 v1 loc_s', '1 v2 loc_s'],
    ]);
  });

  it('holds nothing when one line is short of what all locations have together', () => {
    const levels = [at(main, 'v1', 1), at('loc_n', 'v1', 2, 1), at(main, 'v2', 5)];
    const { changes, book } = decide([place('ord_1', 1, [line('v2', 1), line('v1', 3)])], levels);
    expect(changes[0]!.after).toMatchObject({
      state: 'rejected',
      allocations: [],
      shortages: [{ variantId: 'v1', requested: 3, available: 2 }],
    });
    expect(book.movements()).toEqual([]);
  });

  it('finds what those before it in the batch have left', () => {
    const levels = [at(main, 'v1', 2), at('loc_n', 'v1', 1)];
    const orders = ['ord_1', 'ord_2', 'ord_3', 'ord_4'].map((id) => place(id, 1, [line('v1', 1)]));
    expect(decide(orders, levels).held).toEqual([['1 v1 loc_n'], [`1 v1 ${main}`], [`1 v1 ${main}`], []]);
  });

  it('that changes keeps what it holds where it is, and counts it as available', () => {
    const first = decide([place('ord_1', 1, [line('v1', 3)])], [at(main, 'v1', 3)]).changes[0]!.after;
    const levels = [at(main, 'v1', 3, 3), at('loc_n', 'v1', 9), at('loc_s', 'v1', 9)];
    expect(decide([place('ord_1', 2, [line('v1', 2)])], levels, first).held).toEqual([[`2 v1 ${main}`]]);
    const more = decide([place('ord_1', 2, [line('v1', 4)])], levels, first);
    expect(more.held).toEqual([[`3 v1 ${main}`, '1 v1 loc_n']]);
    expect(more.book.movements()).toHaveLength(1);
    const cancel = { kind: 'cancel', tenantId, orderId: 'ord_1', request: 3, reason: 'order_cancelled' } as const;
    const held = [at(main, 'v1', 3, 3), at('loc_n', 'v1', 9, 1)];
    const released = decide([{ ...cancel, cause: {} }], held, more.changes[0]!.after);
    expect(released.book.levels().map(({ reserved }) => reserved)).toEqual([0, 0]);
  });
});

describe('the places of an order', () => {
  it('are remembered when it leaves them, so that its movements are found', () => {
    const [first] = decide(
      [place('ord_1', 1, [line('v1', 1), line('v2', 1)])],
      [at(main, 'v1', 3), at('loc_n', 'v2', 3)],
    ).changes;
    expect(first!.after).not.toHaveProperty('former');
    const levels = [at(main, 'v1', 3, 1), at('loc_n', 'v2', 3, 1)];
    const { changes, book } = decide([place('ord_1', 2, [line('v1', 2)])], levels, first!.after);
    const { after } = changes[0]!;
    expect(after.former).toEqual([{ variantId: 'v2', locationId: 'loc_n' }]);
    expect(movementsOfOrder(after, 10)).toEqual(expect.arrayContaining(book.movements().map(({ id }) => id)));
    const back = decide([place('ord_1', 3, [line('v2', 1)])], [at(main, 'v1', 3, 2), at('loc_n', 'v2', 3)], after);
    expect(back.changes[0]!.after.former).toEqual([{ variantId: 'v1', locationId: main }]);
    expect(movementsOfOrder(back.changes[0]!.after, 10)).toHaveLength(6);
    expect(movementsOfOrder(back.changes[0]!.after, 3)).toHaveLength(3);
  });
});

describe('the event of a level', () => {
  it('tells what the other locations have, as they are after the batch', () => {
    const levels = [at(main, 'v1', 9), at('loc_n', 'v1', 2), at(main, 'v2', 1)];
    const { book } = decide([place('ord_1', 1, [line('v1', 5), line('v2', 1)])], levels);
    expect(book.levelChanges().map(({ events: [event] }) => event.data)).toMatchObject([
      { locationId: 'loc_n', available: 0, others: [{ locationId: main, onHand: 9, reserved: 3, version: 4 }] },
      { locationId: main, available: 6, others: [{ locationId: 'loc_n', available: 0, version: 4 }] },
      { variantId: 'v2', available: 0 },
    ]);
    expect(book.levelChanges()[2]!.events[0].data).not.toHaveProperty('others');
  });
});
