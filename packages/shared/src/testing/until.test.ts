import { expect, it } from 'vitest';
import { until } from './until.ts';

it('answers with the first thing that is there, also when looking fails at first', async () => {
  const answers = [() => undefined, () => false as const, () => Promise.reject(new Error('not there')), () => 'found'];
  expect(await until(() => answers.shift()?.(), { what: 'it is found', everyMs: 1 })).toBe('found');
});

it('gives up after its time and says what it waited for and what it saw last', async () => {
  const never = until(() => expect(1).toBe(2), { what: 'one is two', timeoutMs: 20, everyMs: 1 });
  await expect(never).rejects.toThrow(/waited 0\.02 s in vain until one is two: expected 1 to be 2/);
});

it('gives up also on a check that never answers', async () => {
  const never = until(() => new Promise(() => undefined), { what: 'it answers', timeoutMs: 20 });
  await expect(never).rejects.toThrow('waited 0.02 s in vain until it answers: the check did not answer');
});
