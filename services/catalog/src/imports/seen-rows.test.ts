import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSeenRows } from './seen-rows.ts';

it('tells the line on which a key was seen first, as a map would', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 2 }), { maxLength: 200 }), (keys) => {
      const seen = createSeenRows(keys.length);
      const first = new Map<string, number>();
      keys.forEach((key, n) => {
        expect(seen.first(key, n + 2)).toBe(first.get(key));
        if (!first.has(key)) first.set(key, n + 2);
      });
    }),
  );
});

it('takes 24 bytes a row at most', () => {
  const before = process.memoryUsage().arrayBuffers;
  const seen = createSeenRows(500_000);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThanOrEqual(500_000 * 2 * 1.05 * 12 + 1_000_000);
  expect(seen.first('a', 2)).toBeUndefined();
});
