import { expect, it } from 'vitest';
import { createManualClock } from '../testing/manual-clock.ts';
import { boundedMap } from './bounded-map.ts';

it('forgets what was used longest ago', () => {
  const map = boundedMap<string, number>({ max: 2 });
  map.set('a', 1);
  map.set('b', 2);
  expect([map.get('a'), map.peek('b')]).toEqual([1, 2]);
  map.set('c', 3);
  expect(['a', 'b', 'c'].map((key) => map.has(key))).toEqual([true, false, true]);
  expect([map.delete('a'), map.delete('a')]).toEqual([true, false]);
});

it('forgets what was set long ago, also from the first moment of a clock on', async () => {
  const clock = createManualClock();
  const map = boundedMap<string, number>({ max: 2, ttlMs: 1_000, clock });
  map.set('a', 1);
  await clock.advance(1_000);
  expect(map.get('a')).toBe(1);
  await clock.advance(1);
  expect([map.get('a'), map.has('a')]).toEqual([undefined, false]);
});

it('takes room only as entries come', () => {
  const map = boundedMap<string, number>({ max: 1e12 });
  map.set('a', 1);
  expect(map.get('a')).toBe(1);
});
