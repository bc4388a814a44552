// Walking a ledger and setting a level right by it.
import { describe, expect, it } from 'vitest';
import type { Movement } from '../stock/movement.ts';
import { openBook } from '../stock/stock-book.ts';
import { levelIdOf, type StockLevel } from '../stock/stock-level.ts';
import { differencesOfLevel } from './difference.ts';
import { walkLedgers } from './ledger-look.ts';
import { repairLevel } from './repair-level.ts';

const tenantId = 'ten_a';
const place = { variantId: 'var_1', locationId: 'loc_1' };
const levelId = levelIdOf(tenantId, place.variantId, place.locationId);
const bounds = { gapsMax: 3, missingMax: 5 };
const time = (sequence: number) => new Date(Date.UTC(2026, 0, 1) + sequence);

const level = (onHand: number, reserved: number, sequence: number): StockLevel => {
  return { id: levelId, tenantId, ...place, onHand, reserved, version: 9, sequence, movedAt: time(sequence) };
};
/** Movements with these deltas of what is on hand and reserved. */
function ledger(...deltas: [number, number][]): Movement[] {
  let [onHand, reserved] = [0, 0];
  return deltas.map(([onHandDelta, reservedDelta], n) => {
    onHand += onHandDelta;
    reserved += reservedDelta;
    const numbers = { onHandDelta, reservedDelta, onHandAfter: onHand, reservedAfter: reserved, sequence: n + 1 };
    const why = {
      kind: 'adjustment',
      reason: 'found',
      actor: 'usr_1',
      reference: { type: 'variant', id: 'v' },
    } as const;
    return { id: `mov_${n + 1}`, tenantId, ...place, ...numbers, ...why, createdAt: time(n + 1) };
  });
}
function look(of: StockLevel, movements: readonly Movement[]) {
  const walk = walkLedgers([of], bounds);
  for (const movement of movements) walk.take(movement);
  return walk.lookOf(of);
}
const whole = ledger([10, 0], [0, 2], [3, 0], [0, 1]);
const kindsOf = (of: StockLevel, movements: readonly Movement[], held: number) =>
  differencesOfLevel(of, look(of, movements), held).map(({ kind, repairable }) => [kind, repairable]);

/** The level and the whole ledger after a repair. */
function repaired(of: StockLevel, movements: readonly Movement[], held: number) {
  const book = openBook([of], time(100));
  const by = { reconciliationId: 'rec_1', actor: 'usr_1' };
  const isRepaired = repairLevel({ level: of, ledger: look(of, movements), held }, book, by);
  const all = [...movements, ...book.movements()].sort((a, b) => a.sequence - b.sequence);
  return { isRepaired, after: book.level(of.id)!, all, added: book.movements() };
}

describe('a ledger', () => {
  it('that is whole says what the level says; movements after the level are not its matter', () => {
    const of = level(13, 3, 4);
    expect(look(of, whole)).toMatchObject({ onHand: 13, reserved: 3, movements: 4, gaps: [], brokenAt: undefined });
    expect(look(level(10, 2, 2), whole)).toMatchObject({ onHand: 10, reserved: 2, movements: 2 });
    expect(kindsOf(of, whole, 3)).toEqual([]);
    expect(kindsOf(level(0, 0, 0), [], 0)).toEqual([]);
  });

  it('of another level is not taken', () => {
    const other = whole.map((one) => ({ ...one, locationId: 'loc_2' }));
    expect(look(level(0, 0, 0), other)).toMatchObject({ movements: 0, onHand: 0 });
  });

  it.each([
    ['a level that says something else', level(14, 3, 4), whole, 3, [['level_balance', true]]],
    ['reservations that hold something else', level(13, 3, 4), whole, 2, [['reserved_sum', true]]],
    ['a movement that is missing', level(13, 3, 4), whole.toSpliced(1, 1), 3, [['ledger_gap', true]]],
    ['the last one missing', level(13, 3, 4), whole.slice(0, 3), 3, [['ledger_gap', true]]],
    [
      'a movement that was changed',
      level(13, 3, 4),
      whole.with(2, { ...whole[2]!, onHandAfter: 15 }),
      3,
      [['ledger_chain', false]],
    ],
    ['more held than there is', level(13, 3, 4), whole, 14, [['reserved_sum', false]]],
    ['more missing than is put back', level(13, 3, 9), whole.slice(0, 3), 3, [['ledger_gap', false]]],
  ])('tells %s', (_name, of, movements, held, kinds) => {
    expect(kindsOf(of, movements, held)).toEqual(kinds);
  });
});

describe('a repair', () => {
  it.each([
    ['of a balance', level(20, 1, 4), whole, 3],
    ['of what is reserved, up', level(13, 3, 4), whole, 5],
    ['of what is reserved, down', level(13, 3, 4), whole, 0],
    ['of both', level(2, 2, 4), whole, 7],
    ['of a gap', level(13, 3, 4), whole.toSpliced(1, 2), 3],
    ['of a gap at the beginning', level(13, 3, 4), whole.slice(1), 3],
    ['of a gap at the end', level(13, 3, 4), whole.slice(0, 2), 3],
    ['of a gap, and of what is reserved', level(13, 3, 4), whole.toSpliced(2, 1), 1],
  ])('%s leaves a level that is its ledger and holds what is held', (_name, of, movements, held) => {
    const { isRepaired, after, all, added } = repaired(of, movements, held);
    expect(isRepaired).toBe(true);
    expect(differencesOfLevel(after, look(after, all), held)).toEqual([]);
    expect(after.onHand).toBe(13);
    for (const movement of added) {
      expect(movement).toMatchObject({ reason: 'reconciliation', reference: { type: 'reconciliation', id: 'rec_1' } });
    }
    expect(new Set(all.map(({ sequence }) => sequence)).size).toBe(all.length);
  });

  it('is decided on the level that was looked at, and does nothing twice', () => {
    const of = level(20, 3, 4);
    const found = { level: of, ledger: look(of, whole), held: 3 };
    const book = openBook([{ ...of, version: 10 }], time(100));
    expect(repairLevel(found, book, { reconciliationId: 'rec_1', actor: 'usr_1' })).toBe(false);
    expect([book.movements(), book.levelChanges()]).toEqual([[], []]);
    const { after, all } = repaired(of, whole, 3);
    expect(repaired(after, all, 3)).toMatchObject({ isRepaired: false, added: [] });
  });

  it('of what cannot be repaired changes nothing', () => {
    expect(repaired(level(13, 3, 4), whole, 14)).toMatchObject({ isRepaired: false, added: [] });
  });
});
