import { systemClock } from '@holdfast/shared/values';
import { beforeEach, expect, it } from 'vitest';
import { levelRestMsMax } from '../limits.ts';
import { createRests, type Rests } from './rests.ts';

let nowMs: number;
let rests: Rests;
const clock = {
  ...systemClock,
  monotonicMs: () => nowMs,
  after(ms: number, work: () => void) {
    nowMs += ms;
    work();
    return () => {};
  },
};
const restOf = async (...levelIds: string[]) => {
  const before = nowMs;
  await rests.over(levelIds);
  return nowMs - before;
};
beforeEach(() => {
  nowMs = 1_000;
  rests = createRests(clock);
});

it('a level rests for four times as long as its transaction took, another one does not', async () => {
  rests.begin([{ id: 'a' }], { attempts: 1, tookMs: 20 });
  expect(await restOf('b')).toBe(0);
  expect(await restOf('b', 'a')).toBe(80);
  expect(await restOf('a')).toBe(0);
});

it('it rests longer the more often the transaction had lost, and never longer than half a second', async () => {
  rests.begin([{ id: 'a' }], { attempts: 3, tookMs: 20 });
  rests.begin([{ id: 'b' }], { attempts: 20, tookMs: 20 });
  expect(await restOf('a')).toBe(240);
  expect(await restOf('b')).toBe(levelRestMsMax - 240);
});

it('what was written before goes on resting while other levels are written', async () => {
  rests.begin([{ id: 'a' }], { attempts: 1, tookMs: 100 });
  nowMs += 300;
  rests.begin([{ id: 'b' }], { attempts: 1, tookMs: 10 });
  expect(await restOf('a')).toBe(100);
});
