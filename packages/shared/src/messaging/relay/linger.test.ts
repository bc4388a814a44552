import { expect, test } from 'vitest';
import { lingerMs } from './limits.ts';
import { createLinger } from './linger.ts';

test('a lone event never waits', () => {
  const linger = createLinger();
  for (let now = 0; now < 5_000; now += 20) expect(linger.after(1, now)).toBe(0);
});

test('a large batch, and batches in quick succession, wait a little', () => {
  const linger = createLinger();
  expect(linger.after(200, 0)).toBe(lingerMs);
  const waits = Array.from({ length: 300 }, (_, n) => linger.after(1, 1_000 + n));
  expect(waits.slice(0, 20).every((wait) => wait === 0)).toBe(true);
  expect(waits.slice(100).every((wait) => wait === lingerMs)).toBe(true);
});

test('an empty batch never waits, and calm returns', () => {
  const linger = createLinger();
  for (let now = 0; now < 300; now += 1) linger.after(1, now);
  expect(linger.after(0, 301)).toBe(0);
  expect(linger.after(1, 1_000)).toBe(0);
});
