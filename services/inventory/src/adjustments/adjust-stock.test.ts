// Adjusting: does it, refuses it, does nothing twice.
import { describe, expect, it } from 'vitest';
import type { StockLevel } from '../stock/stock-level.ts';
import type { AdjustCommand } from './adjust-stock.ts';
import type { Adjustment } from './adjustment.ts';
import { command, count, delta, level, openDesk } from './adjustments.fixture.ts';

function decide(commands: AdjustCommand[], levels: StockLevel[], stored: Adjustment[] = []) {
  const desk = openDesk(levels, stored);
  const results = commands.map(desk.adjust);
  return { results, created: desk.changes(), levels: desk.book.levelChanges(), movements: desk.book.movements() };
}

describe('adjusting', () => {
  it('adds a delta, with a movement, an event without the note, and the new level', () => {
    const { results, created, levels, movements } = decide([command(delta(-2))], [level(5, 3)]);
    expect(results).toMatchObject([{ replayed: false, adjustment: { delta: -2, onHandAfter: 3 } }]);
    expect(movements).toMatchObject([
      { kind: 'adjustment', sequence: 8, onHandDelta: -2, onHandAfter: 3, actor: 'usr_1' },
    ]);
    expect(levels).toMatchObject([{ before: { version: 3 }, after: { onHand: 3, reserved: 3, version: 4 } }]);
    expect(created[0]!.events[0]).toMatchObject({ type: 'com.holdfast.adjustment.created.v1', data: { delta: -2 } });
    expect(JSON.stringify(created[0]!.events[0])).not.toContain('private');
  });

  it('sets a count, and records one that found what was expected', () => {
    const commands = [command(count(9, 5)), command(count(9, 9), { adjustmentId: 'adj_2' })];
    const { results, movements } = decide(commands, [level(5)]);
    expect(results).toMatchObject([{ adjustment: { delta: 4 } }, { adjustment: { delta: 0, onHandAfter: 9 } }]);
    expect(movements.map(({ kind, onHandDelta }) => [kind, onHandDelta])).toEqual([
      ['count', 4],
      ['count', 0],
    ]);
  });

  it.each([
    ['a count of what has changed since', count(9, 4), level(5), 'count_is_stale', { onHand: 5 }],
    ['taking what is reserved', delta(-3), level(5, 3), 'would_break_reservations', { onHand: 5, reserved: 3 }],
    [
      'counting fewer than are reserved',
      count(2, 5),
      level(5, 3),
      'would_break_reservations',
      { onHand: 5, reserved: 3 },
    ],
    ['taking more than there is', delta(-6), level(5), 'stock_out_of_range', { onHand: 5 }],
    ['more than a level can hold', delta(1_000_000_000), level(1), 'stock_out_of_range', { onHand: 1 }],
  ])('refuses %s and changes nothing', (_name, change, before, code, extra) => {
    const { results, created, levels, movements } = decide([command(change)], [before]);
    expect(results).toEqual([{ refused: { code, ...extra } }]);
    expect([created, levels, movements]).toEqual([[], [], []]);
  });

  it('refuses a variant without a level', () => {
    const { results } = decide([command(delta(1))], []);
    expect(results).toEqual([{ refused: { code: 'unknown_variant', variantIds: ['v1'] } }]);
  });

  it('decides the others when one is refused', () => {
    const commands = [2, -9, 3].map((units, n) => command(delta(units), { adjustmentId: `adj_${n}` }));
    const { results, levels } = decide(commands, [level(5)]);
    expect(results.map(({ refused }) => refused !== undefined)).toEqual([false, true, false]);
    expect(levels).toMatchObject([{ after: { onHand: 10, sequence: 9, version: 4 } }]);
  });
});

describe('a repeated key', () => {
  const first = decide([command(delta(2))], [level(5)]).created[0]!.after;

  it('answers what was stored and moves nothing', () => {
    const { results, movements } = decide([command(delta(2))], [level(7)], [first]);
    expect(results).toEqual([{ replayed: true, adjustment: first }]);
    expect(movements).toEqual([]);
  });

  it('is a replay also within one batch', () => {
    const { results, movements, created } = decide([command(delta(2)), command(delta(2))], [level(5)]);
    expect(results).toMatchObject([{ replayed: false }, { replayed: true }]);
    expect([movements.length, created.length]).toEqual([1, 1]);
  });

  it('with another body changes nothing, and is told what the first one made', () => {
    const requestKey = { key: 'key-1', requestHash: 'hash-2' };
    const { results, movements } = decide([command(delta(3), { requestKey })], [level(7)], [first]);
    expect(results).toMatchObject([{ replayed: true, adjustment: { creation: { requestHash: 'hash-1' } } }]);
    expect(movements).toEqual([]);
  });
});
