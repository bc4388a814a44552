import { expect, test } from 'vitest';
import { awaitChangesMs, foreignPauseMs, lingerMs } from './limits.ts';
import { createLinger } from './linger.ts';

/** A batch of this many changes after which the server stands at `upTo`. */
const batch = (count: number, upTo = '01') => ({
  changes: Array.from({ length: count }, () => ({ time: upTo, events: [] })),
  upTo,
});

test('a lone event never waits', () => {
  const linger = createLinger();
  for (let now = 0; now < 5_000; now += 20) expect(linger.after(batch(1), now).pauseMs).toBe(0);
});

test('a large batch, and batches in quick succession, wait a little', () => {
  const linger = createLinger();
  expect(linger.after(batch(200), 0).pauseMs).toBe(lingerMs);
  const waits = Array.from({ length: 300 }, (_, n) => linger.after(batch(1), 1_000 + n).pauseMs);
  expect(waits.slice(0, 20).every((wait) => wait === 0)).toBe(true);
  expect(waits.slice(100).every((wait) => wait === lingerMs)).toBe(true);
});

test('an empty batch never waits, and calm returns', () => {
  const linger = createLinger();
  for (let now = 0; now < 300; now += 1) linger.after(batch(1), now);
  expect(linger.after(batch(0), 301).pauseMs).toBe(0);
  expect(linger.after(batch(1), 1_000).pauseMs).toBe(0);
});

test('while only others write it asks now and then, and waits at the server again when they stop or when we write', () => {
  const linger = createLinger();
  const calm = { pauseMs: 0, awaitMs: awaitChangesMs };
  expect(linger.after(batch(0, '01'), 0)).toEqual(calm);
  for (const upTo of ['02', '03']) {
    expect(linger.after(batch(0, upTo), 1_000)).toEqual({ pauseMs: foreignPauseMs, awaitMs: 1 });
  }
  expect(linger.after(batch(0, '03'), 2_000)).toEqual(calm);
  expect(linger.after(batch(1, '04'), 3_000)).toEqual(calm);
});
