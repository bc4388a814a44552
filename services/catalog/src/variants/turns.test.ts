// Who comes when.
import { expect, it } from 'vitest';
import { createTurns } from './turns.ts';

it('lets one after the other work, in the order of asking, also after one that failed', async () => {
  const turns = createTurns();
  const seen: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('ten_1', async () => {
    seen.push('first begins');
    await gate.promise;
    seen.push('first ends');
    throw new Error('no luck');
  });
  const second = turns.take('ten_1', async () => seen.push('second'));
  const third = turns.take('ten_1', async () => seen.push('third'));
  await turns.take('ten_2', async () => seen.push('another tenant'));
  gate.resolve();
  await expect(first).rejects.toThrow('no luck');
  await Promise.all([second, third]);
  expect(seen).toEqual(['first begins', 'another tenant', 'first ends', 'second', 'third']);
});

it('begins at once where nobody works', async () => {
  const turns = createTurns();
  await turns.take('ten_1', async () => undefined);
  let hasBegun = false;
  const work = turns.take('ten_1', async () => {
    hasBegun = true;
  });
  await work;
  expect(hasBegun).toBe(true);
});
