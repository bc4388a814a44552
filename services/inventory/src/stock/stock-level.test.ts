// What a posting may do to a level, and when a new variant's level is opened.
import { onHandMax } from '@holdfast/shared/contracts';
import { describe, expect, it } from 'vitest';
import { type OpenLevel, openLevels } from './open-level.ts';
import { openBook } from './stock-book.ts';
import { emptyLevel, type Posting, post } from './stock-level.ts';

const now = new Date('2026-01-02T03:04:05.678Z');
const posting = (onHandDelta: number, reservedDelta: number): Posting => ({
  movementId: 'mov_1',
  kind: 'adjustment',
  onHandDelta,
  reservedDelta,
  reason: 'other',
  actor: 'usr_1',
  reference: { type: 'adjustment', id: 'adj_1' },
});
const level = { ...emptyLevel('ten_a', 'v1', 'loc_1', now), onHand: 5, reserved: 2, version: 4, sequence: 9 };

describe('a posting', () => {
  it('is numbered and timed after the one before, also when the clock went back', () => {
    const before = { ...level, movedAt: new Date(now.getTime() + 5_000) };
    const { level: after, movement } = post(before, posting(1, 1), now);
    expect(after).toMatchObject({ onHand: 6, reserved: 3, sequence: 10, version: 4, movedAt: before.movedAt });
    expect(movement).toMatchObject({ sequence: 10, onHandAfter: 6, reservedAfter: 3, createdAt: before.movedAt });
  });

  it.each([
    ['more reserved than on hand', -4, 0],
    ['less than nothing reserved', 0, -3],
    ['less than nothing on hand', -6, -2],
    ['more than a level holds', onHandMax, 0],
    ['fractions', 0.5, 0],
  ])('never leaves %s', (_name, onHandDelta, reservedDelta) => {
    expect(() => post(level, posting(onHandDelta, reservedDelta), now)).toThrow(/would leave level/);
  });
});

describe('opening a level', () => {
  const open = (initialStock: number): OpenLevel => ({
    tenantId: 'ten_a',
    variantId: 'v1',
    initialStock,
    actor: 'usr_1',
    cause: {},
  });

  it('receives the initial stock as the first movement', () => {
    const book = openBook([], now);
    openLevels([open(7)], book);
    expect(book.movements()).toMatchObject([{ kind: 'receipt', reason: 'initial_stock', sequence: 1, onHandAfter: 7 }]);
    expect(book.levelChanges()).toMatchObject([
      { before: undefined, after: { onHand: 7, reserved: 0, version: 1, sequence: 1 } },
    ]);
  });

  it('without stock starts at 0, without a movement', () => {
    const book = openBook([], now);
    openLevels([open(0)], book);
    expect(book.movements()).toEqual([]);
    expect(book.levelChanges()).toMatchObject([{ after: { onHand: 0, version: 1, sequence: 0 } }]);
  });

  it('happens once, also when the event comes again', () => {
    const first = openBook([], now);
    openLevels([open(7), open(7)], first);
    expect(first.movements()).toHaveLength(1);
    const again = openBook([first.levelChanges()[0]!.after], now);
    openLevels([open(7)], again);
    expect([again.levelChanges(), again.movements()]).toEqual([[], []]);
  });
});
