import { systemClock } from '@holdfast/shared/values';
import { beforeEach, expect, it } from 'vitest';
import { levelCooldownMsMax } from '../limits.ts';
import { createLevelCooldowns, type LevelCooldowns } from './level-cooldowns.ts';

let nowMs: number;
let cooldowns: LevelCooldowns;
const clock = {
  ...systemClock,
  monotonicMs: () => nowMs,
  after(ms: number, work: () => void) {
    nowMs += ms;
    work();
    return () => {};
  },
};
const waitFor = async (...levelIds: string[]) => {
  const before = nowMs;
  await cooldowns.wait(levelIds);
  return nowMs - before;
};
beforeEach(() => {
  nowMs = 1_000;
  cooldowns = createLevelCooldowns(clock);
});

it('a level cools down for four times as long as its transaction took, another one does not', async () => {
  cooldowns.start([{ id: 'a' }], { attempts: 1, tookMs: 20 });
  expect(await waitFor('b')).toBe(0);
  expect(await waitFor('b', 'a')).toBe(80);
  expect(await waitFor('a')).toBe(0);
});

it('it takes longer the more often the transaction had lost, and never longer than half a second', async () => {
  cooldowns.start([{ id: 'a' }], { attempts: 3, tookMs: 20 });
  cooldowns.start([{ id: 'b' }], { attempts: 20, tookMs: 20 });
  expect(await waitFor('a')).toBe(240);
  expect(await waitFor('b')).toBe(levelCooldownMsMax - 240);
});

it('what was written before goes on cooling down while other levels are written', async () => {
  cooldowns.start([{ id: 'a' }], { attempts: 1, tookMs: 100 });
  nowMs += 300;
  cooldowns.start([{ id: 'b' }], { attempts: 1, tookMs: 10 });
  expect(await waitFor('a')).toBe(100);
});
