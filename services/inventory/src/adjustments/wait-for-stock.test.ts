// Forced changes: which orders are asked, what is withheld meanwhile, when it is applied and when it is refused.
import { keyText } from '@holdfast/shared/values';
import { describe, expect, it } from 'vitest';
import { withdrawalMs, withdrawalsWaitingMax } from '../limits.ts';
import { reserveStock } from '../reservations/reserve-stock.ts';
import { availableOf } from '../stock/stock-level.ts';
import {
  command,
  delta,
  holder,
  later,
  level,
  made,
  now,
  openDesk,
  tenantId,
  variantId,
} from './adjustments.fixture.ts';

const newestFirst = [holder('ord_3', 2), holder('ord_2', 1), holder('ord_1', 2)];
type Desk = ReturnType<typeof openDesk>;

/** The order gives back what it holds. */
function cancel(desk: Desk, orderId: string): void {
  const held = newestFirst.find(({ id }) => id === orderId)!;
  const stored = new Map([[keyText(tenantId, orderId), held]]);
  const about = { tenantId, orderId, request: 2, cause: {} };
  reserveStock([{ ...about, kind: 'cancel', reason: 'stock_withdrawn' }], desk.book, stored, {
    now,
    newEventId: () => 'evt_1',
  });
}

/** What an order of so many units comes to now. */
function place(desk: Desk, quantity: number) {
  const request = {
    tenantId,
    orderId: 'ord_new',
    request: 1,
    kind: 'place',
    lines: [{ variantId, quantity }],
  } as const;
  const stamp = { now, newEventId: () => 'evt_2' };
  return reserveStock([{ ...request, cause: {} }], desk.book, new Map(), stamp)[0]!.after;
}

describe('a forced withdrawal', () => {
  it('asks the newest orders that hold enough, moves nothing and is withheld', () => {
    const desk = openDesk([level(6, 5)], [], newestFirst);
    expect(desk.adjust(command(delta(-4)))).toMatchObject({
      replayed: false,
      adjustment: {
        status: 'WAITING',
        moved: 0,
        delta: -4,
        waiting: { change: 'create', difference: -4, orderIds: ['ord_3', 'ord_2'] },
        dueAt: later(withdrawalMs),
      },
    });
    expect(desk.moved()).toEqual([]);
    expect(desk.level()).toMatchObject({ onHand: 6, reserved: 5, withheld: [{ adjustmentId: 'adj_1', units: 4 }] });
    expect(desk.changes()[0]!.events).toMatchObject([
      { type: 'com.holdfast.adjustment.waiting.v1', data: { difference: -4, orderIds: ['ord_3', 'ord_2'] } },
    ]);
  });

  it('does not wait for what nobody holds', () => {
    const desk = openDesk([level(6, 2)], [], [holder('ord_1', 2)]);
    expect(desk.adjust(command(delta(-4)))).toMatchObject({ adjustment: { status: 'APPLIED', onHandAfter: 2 } });
  });

  it('asks no order that another one was asked for', () => {
    const desk = openDesk([level(5, 5)], [], newestFirst);
    desk.adjust(command(delta(-2)));
    const second = desk.adjust(command(delta(-2), { adjustmentId: 'adj_2' }));
    expect(second).toMatchObject({ adjustment: { waiting: { orderIds: ['ord_2', 'ord_1'] } } });
  });

  it.each([
    ['more than orders are known to hold', -4, [holder('ord_3', 1)], 'would_break_reservations'],
    ['more than there is', -7, newestFirst, 'stock_out_of_range'],
  ])('of %s is refused and changes nothing', (_name, units, holders, code) => {
    const desk = openDesk([level(6, 5)], [], holders);
    expect(desk.adjust(command(delta(units)))).toMatchObject({ refused: { code } });
    expect([desk.changes(), desk.book.levelChanges()]).toEqual([[], []]);
  });

  it('is bounded in number for one level', () => {
    const withheld = Array.from({ length: withdrawalsWaitingMax }, (_, n) => ({ adjustmentId: `adj_w${n}`, units: 0 }));
    const desk = openDesk([level(6, 5, withheld)], [], newestFirst);
    expect(desk.adjust(command(delta(-2)))).toMatchObject({ refused: { code: 'busy' } });
  });
});

describe('while it waits', () => {
  it('what it takes is promised to nobody, also when an order has given it back', () => {
    const desk = openDesk([level(6, 5)], [], newestFirst);
    desk.adjust(command(delta(-4)));
    expect([availableOf(desk.level()), place(desk, 1).outcome]).toEqual([0, 'rejected']);
    cancel(desk, 'ord_3');
    expect([availableOf(desk.level()), place(desk, 1).outcome]).toEqual([0, 'rejected']);
  });

  it('what it takes is not taken by others who do not wait; what they bring is welcome', () => {
    const desk = openDesk([level(6, 3, [{ adjustmentId: 'adj_w', units: 3 }])]);
    expect(desk.adjust(command(delta(-1)))).toMatchObject({ refused: { code: 'would_break_reservations' } });
    expect(desk.adjust(command(delta(1)))).toMatchObject({ adjustment: { status: 'APPLIED', onHandAfter: 7 } });
  });

  it('nothing else can be done to it', () => {
    const desk = openDesk([level(6, 5)], [], newestFirst);
    desk.adjust(command(delta(-4)));
    expect(desk.patch('adj_1', { delta: -1 })).toEqual({ refused: { code: 'change_pending' } });
    expect(desk.remove('adj_1')).toEqual({ refused: { code: 'change_pending' } });
  });
});

describe('it is applied', () => {
  it('in the batch that gives back the last of it, and not before', () => {
    const desk = openDesk([level(6, 5)], [], newestFirst);
    desk.adjust(command(delta(-4)));
    cancel(desk, 'ord_3');
    desk.settle();
    expect(desk.stored()).toMatchObject({ status: 'WAITING', version: 1 });
    cancel(desk, 'ord_2');
    desk.settle();
    expect(desk.stored()).toMatchObject({ status: 'APPLIED', version: 2, moved: -4, onHandAfter: 2 });
    expect(desk.stored()).toMatchObject({ waiting: undefined, dueAt: undefined });
    expect(desk.level()).toMatchObject({ onHand: 2, reserved: 2, withheld: undefined });
    expect(desk.moved()).toContainEqual(['adjustment', -4, 'usr_1']);
    expect(desk.changes()[0]!.events.at(-1)).toMatchObject({ type: 'com.holdfast.adjustment.created.v1' });
    desk.settle();
    expect(desk.stored()).toMatchObject({ version: 2 });
  });

  it('once, also when it is settled again and again', () => {
    const desk = openDesk([level(6, 2)], []);
    for (let n = 0; n < 3; n += 1) desk.settle();
    expect(desk.changes()).toEqual([]);
  });

  it.each([
    ['a correction', (desk: Desk) => desk.patch('adj_1', { delta: 1 }), { status: 'APPLIED', delta: 1, moved: 1 }],
    ['a deletion', (desk: Desk) => desk.remove('adj_1'), { status: 'DELETED', delta: 5, moved: 0 }],
  ])('as %s that was forced', (_name, change, expected) => {
    const desk = openDesk([level(5, 5)], [made(delta(5))], newestFirst);
    expect(change(desk)).toMatchObject({ status: 'WAITING', delta: 5, moved: 5, version: 2 });
    for (const orderId of ['ord_3', 'ord_2', 'ord_1']) cancel(desk, orderId);
    desk.settle();
    expect(desk.stored()).toMatchObject({ ...expected, version: 3 });
  });
});

it('a correction with another reason takes back all under the old one when it is applied', () => {
  const desk = openDesk([level(5, 5)], [made(delta(5))], newestFirst);
  expect(desk.patch('adj_1', { delta: 1, reason: 'received' })).toMatchObject({
    status: 'WAITING',
    reason: 'stocktake',
  });
  expect(desk.reasons()).toEqual([]);
  for (const orderId of ['ord_3', 'ord_2', 'ord_1']) cancel(desk, orderId);
  desk.settle();
  const moved = desk.reasons().filter(([, units]) => units !== 0);
  expect(moved).toEqual([
    ['stocktake', -5],
    ['received', 1],
  ]);
  expect(desk.stored()).toMatchObject({ status: 'APPLIED', reason: 'received', moved: 1, onHandAfter: 1 });
});

describe('when its time is over', () => {
  it('it is refused, moves nothing, and its stock can be sold again', () => {
    const desk = openDesk([level(6, 5)], [], newestFirst);
    desk.adjust(command(delta(-4)));
    desk.settle(later(withdrawalMs - 1));
    expect(desk.stored()).toMatchObject({ status: 'WAITING' });
    desk.settle(later(withdrawalMs));
    expect(desk.stored()).toMatchObject({ status: 'REFUSED', version: 2, moved: 0, waiting: undefined });
    expect(desk.level()).toMatchObject({ onHand: 6, reserved: 5, withheld: undefined });
    expect(desk.moved()).toEqual([]);
    expect(desk.changes()[0]!.events.at(-1)).toMatchObject({ type: 'com.holdfast.adjustment.refused.v1' });
  });

  it('a refused correction leaves the adjustment as it was', () => {
    const desk = openDesk([level(5, 5)], [made(delta(5))], newestFirst);
    desk.patch('adj_1', { delta: 1, note: null });
    desk.settle(later(withdrawalMs));
    expect(desk.stored()).toMatchObject({ status: 'APPLIED', delta: 5, moved: 5, version: 3, note: 'a private note' });
  });
});
