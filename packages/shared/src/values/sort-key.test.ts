// The order of lists that come newest first, and the range of what comes after a place.
import { describe, expect, it } from 'vitest';
import { sortKeyOf, sortKeyRange } from './sort-key.ts';

const at = (ms: number) => new Date(ms);

describe('a sort key', () => {
  it('sorts by time, then by sequence, then by id', () => {
    const sorted = [
      sortKeyOf(at(0), 'z', 9),
      sortKeyOf(at(9), 'z', 9),
      sortKeyOf(at(16), 'a', 2),
      sortKeyOf(at(16), 'b', 2),
      sortKeyOf(at(16), 'a', 16),
      sortKeyOf(at(Date.UTC(2026, 0)), 'a', 0),
      sortKeyOf(at(Date.UTC(9999, 0)), 'a', 0),
    ];
    expect(sorted.toSorted()).toEqual(sorted);
  });
});

describe('a range', () => {
  const inRange = (key: string, range: Record<string, string> = {}) =>
    (range.$gte === undefined || key >= range.$gte) && (range.$lt === undefined || key < range.$lt);
  const keys = [10, 20, 20, 30].map((ms, n) => sortKeyOf(at(ms), `id_${n}`, n));

  it('begins with `from`, ends before `to`, and continues strictly after a key', () => {
    const pick = (range: Parameters<typeof sortKeyRange>[0]) => {
      return keys.map((key, n) => (inRange(key, sortKeyRange(range)) ? n : -1)).filter((n) => n >= 0);
    };
    expect(pick({})).toEqual([0, 1, 2, 3]);
    expect(pick({ from: at(20) })).toEqual([1, 2, 3]);
    expect(pick({ to: at(20) })).toEqual([0]);
    expect(pick({ after: keys[2] })).toEqual([0, 1]);
    expect(pick({ after: keys[3], to: at(30), from: at(20) })).toEqual([1, 2]);
    expect(pick({ after: keys[1], to: at(30) })).toEqual([0]);
    expect(pick({ from: at(-5) })).toEqual([0, 1, 2, 3]);
  });
});
