// Correcting an adjustment and taking it back: the difference, refusals, doing nothing twice.
import { onHandMax } from '@holdfast/shared/contracts';
import { describe, expect, it } from 'vitest';
import { movementsOfAdjustment } from '../stock/referenced-movements.ts';
import { asCreated } from './adjustment.ts';
import { command, count, delta, level, made, openDesk } from './adjustments.fixture.ts';

describe('a correction', () => {
  it('appends the difference, with an event of both, and names who made it', () => {
    const desk = openDesk([level(15)], [made(delta(5))]);
    expect(desk.patch('adj_1', { delta: 3 })).toMatchObject({
      delta: 3,
      moved: 3,
      onHandAfter: 13,
      reason: 'stocktake',
      version: 2,
    });
    expect(desk.moved()).toEqual([['adjustment', -2, 'usr_2']]);
    const [{ events, after }] = desk.changes() as [ReturnType<typeof desk.changes>[0]];
    expect(events).toMatchObject([
      { type: 'com.holdfast.adjustment.updated.v1', aggregateversion: 2, data: { delta: 3, difference: -2 } },
    ]);
    expect(desk.book.movements()[0]!.id).toBe(after.movementId);
    expect(JSON.stringify(events)).not.toContain('private');
  });

  it('of a count appends the new count less the old one', () => {
    const desk = openDesk([level(20)], [made(count(8, 10))]);
    expect(desk.patch('adj_1', { count: 9 })).toMatchObject({ delta: -1, moved: -1, change: { count: 9 } });
    expect(desk.moved()).toEqual([['count', 1, 'usr_2']]);
  });

  it('of words only moves nothing, and is a version', () => {
    const desk = openDesk([level(15)], [made(delta(5))]);
    expect(desk.patch('adj_1', { note: null })).toMatchObject({ version: 2, onHandAfter: 15, note: undefined });
    expect(desk.changes()[0]!.events).toMatchObject([{ data: { difference: 0 } }]);
    expect([desk.moved(), desk.book.levelChanges()]).toEqual([[], []]);
  });

  it('that changes nothing is none', () => {
    const desk = openDesk([level(15)], [made(delta(5))]);
    const same = { delta: 5, reason: 'stocktake', note: 'a private note' } as const;
    expect(desk.patch('adj_1', same)).toMatchObject({ version: 1 });
    expect(desk.patch('adj_1', {})).toMatchObject({ version: 1 });
    expect([desk.changes(), desk.moved()]).toEqual([[], []]);
  });

  it.each([
    ['by a count of one with a delta', { count: 3 }, level(15), { code: 'adjustment_kind' }],
    ['of what is reserved', { delta: -5 }, level(15, 8), { code: 'would_break_reservations', onHand: 15, reserved: 8 }],
    ['to less than nothing', { delta: -20 }, level(15), { code: 'stock_out_of_range', onHand: 15 }],
  ])('%s is refused and changes nothing', (_name, patch, before, refused) => {
    const desk = openDesk([before], [made(delta(5))]);
    expect(desk.patch('adj_1', patch)).toEqual({ refused });
    expect([desk.changes(), desk.moved()]).toEqual([[], []]);
  });

  it('of none, and of an older version, is refused', () => {
    const desk = openDesk([level(15)], [made(delta(5))]);
    expect(desk.patch('adj_2', { delta: 1 })).toEqual({ refused: { code: 'not_found' } });
  });
});

describe('another reason', () => {
  const sums = (desk: ReturnType<typeof openDesk>) => {
    const byReason = Map.groupBy(desk.book.movements(), ({ reason }) => reason);
    return Object.fromEntries(
      [...byReason].map(([reason, all]) => [reason, all.reduce((sum, { onHandDelta }) => sum + onHandDelta, 0)]),
    );
  };

  it('takes back under the old one what was moved, and moves it under the new one', () => {
    const desk = openDesk([level(15)], [made(delta(5))]);
    const after = desk.patch('adj_1', { reason: 'received' });
    expect(after).toMatchObject({ reason: 'received', delta: 5, moved: 5, onHandAfter: 15, version: 2 });
    expect(desk.reasons()).toEqual([
      ['stocktake', -5],
      ['received', 5],
    ]);
    const movements = desk.book.movements();
    expect([after.movementId, new Set(movements.map(({ id }) => id)).size]).toEqual([movements.at(-1)!.id, 2]);
    expect(movementsOfAdjustment(desk.stored(), 100)).toEqual(expect.arrayContaining(movements.map(({ id }) => id)));
    expect(desk.changes()[0]!.events).toMatchObject([{ data: { reason: 'received', difference: 0 } }]);
    desk.remove('adj_1');
    expect(sums(desk)).toEqual({ stocktake: -5, received: 0 });
  });

  it('with another delta moves the whole new one', () => {
    const desk = openDesk([level(15)], [made(delta(5))]);
    expect(desk.patch('adj_1', { delta: -2, reason: 'lost' })).toMatchObject({ moved: -2, onHandAfter: 8 });
    expect(sums(desk)).toEqual({ stocktake: -5, lost: -2 });
    desk.patch('adj_1', { delta: 4, reason: 'stocktake' });
    expect(sums(desk)).toEqual({ stocktake: -1, lost: 0 });
  });

  it.each([
    [
      'of what orders hold',
      level(5, 5),
      [
        ['received', 5],
        ['stocktake', -5],
      ],
    ],
    [
      'of as much as a level can have',
      level(onHandMax),
      [
        ['stocktake', -5],
        ['received', 5],
      ],
    ],
  ])('%s is moved in the order that the level allows', (_name, before, reasons) => {
    const desk = openDesk([before], [made(delta(5))]);
    expect(desk.patch('adj_1', { reason: 'received' })).toMatchObject({ onHandAfter: before.onHand, moved: 5 });
    expect(desk.reasons()).toEqual(reasons);
  });

  it('is refused where the level allows no order', () => {
    const desk = openDesk([level(onHandMax, onHandMax)], [made(delta(5))]);
    expect(desk.patch('adj_1', { reason: 'received' })).toEqual({
      refused: { code: 'stock_out_of_range', onHand: onHandMax },
    });
    expect([desk.changes(), desk.moved()]).toEqual([[], []]);
  });

  it('of a count that found what was expected moves nothing', () => {
    const desk = openDesk([level(10)], [made(count(10, 10))]);
    expect(desk.patch('adj_1', { reason: 'correction' })).toMatchObject({ reason: 'correction', version: 2 });
    expect(desk.moved()).toEqual([]);
  });
});

describe('a deletion', () => {
  it('appends the inverse of all that was moved; the adjustment stays', () => {
    const desk = openDesk([level(15)], [made(delta(5))]);
    desk.patch('adj_1', { delta: 7 });
    expect(desk.remove('adj_1')).toMatchObject({ status: 'DELETED', delta: 7, moved: 0, version: 3, onHandAfter: 10 });
    expect(desk.moved().map(([, units]) => units)).toEqual([2, -7]);
    expect(desk.changes()[0]!.events.at(-1)).toMatchObject({
      type: 'com.holdfast.adjustment.deleted.v1',
      data: { difference: -7 },
    });
  });

  it('of a deleted one changes nothing, and nothing else can be done to it', () => {
    const desk = openDesk([level(15)], [made(delta(5))]);
    desk.remove('adj_1');
    expect(desk.remove('adj_1')).toMatchObject({ status: 'DELETED', version: 2 });
    expect(desk.patch('adj_1', { delta: 1 })).toEqual({ refused: { code: 'adjustment_ended' } });
    expect(desk.moved()).toHaveLength(1);
  });

  it('of a receipt that orders hold is refused', () => {
    const desk = openDesk([level(15, 12)], [made(delta(5))]);
    expect(desk.remove('adj_1')).toEqual({ refused: { code: 'would_break_reservations', onHand: 15, reserved: 12 } });
    expect(desk.changes()).toEqual([]);
  });
});

it('a repeated create is answered as at first, whatever became of it', () => {
  const first = made(delta(5));
  const desk = openDesk([level(15)], [first]);
  for (const change of [
    () => desk.patch('adj_1', { delta: 7, note: null, reason: 'found' }),
    () => desk.patch('adj_1', { delta: 9 }),
    () => desk.remove('adj_1'),
  ]) {
    change();
    const { creation: _frozen, ...answered } = asCreated(desk.stored(), command(delta(5)));
    const { creation: _creation, ...expected } = first;
    expect(answered).toEqual({ ...expected, moved: answered.moved, waiting: undefined });
  }
});
