// A seed is a run: the same seed does the same steps at the same virtual times, whatever ran before it.
import { expect, it } from 'vitest';
import { simulate } from './lab/simulate.ts';

const seeds = [11, 12, 13, 14, 15];

it('repeats a run exactly', { timeout: 120_000 }, async () => {
  const facts = async (seed: number) => {
    const { digest, steps, tookMs, answers } = await simulate(seed);
    return { seed, digest, steps, tookMs, answers: [...answers] };
  };
  const first = [];
  for (const seed of seeds) first.push(await facts(seed));
  const again = [];
  for (const seed of [...seeds].reverse()) again.unshift(await facts(seed));
  expect(again).toEqual(first);
  expect(new Set(first.map(({ digest }) => digest)).size).toBe(seeds.length);
});

it('tells what the last steps were', async () => {
  const { lastSteps } = await simulate(11);
  expect(lastSteps.split('\n')).toHaveLength(50);
});
