// Correcting an adjustment and taking it back: the difference, refusals, doing nothing twice.
import { describe, expect, it } from 'vitest';
import { asCreated } from './adjustment.ts';
import { command, count, delta, level, made, openDesk } from './adjustments.fixture.ts';

describe('a correction', () => {
  it('appends the difference, with an event of both, and names who made it', () => {
    const desk = openDesk([level(15)], [made(delta(5))]);
    expect(desk.patch('adj_1', { delta: 3, reason: 'found' })).toMatchObject({
      delta: 3,
      moved: 3,
      onHandAfter: 13,
      reason: 'found',
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
