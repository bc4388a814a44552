import { expect, it } from 'vitest';
import { createManualClock } from '../testing/index.ts';
import { tagsPerChangeMax, toldChangesMax } from './limits.ts';
import type { TagChange } from './stamp.ts';
import { createToldChanges } from './told-changes.ts';

function opened() {
  const calls: { tenantId: string; changes: TagChange[] }[] = [];
  const clock = createManualClock();
  const told = createToldChanges(
    { tell: async (tenantId, changes) => void calls.push({ tenantId, changes: [...changes] }) },
    clock,
  );
  return { calls, told, clock };
}

it('passes what is told in one turn on together, with the newest version of each thing', async () => {
  const { calls, told, clock } = opened();
  told.add('ten_1', { tag: 'a', version: 3 }, ['list']);
  told.add('ten_1', { tag: 'a', version: 2 }, ['list']);
  told.add('ten_2', { tag: 'b', version: 1 }, ['all']);
  expect(calls).toEqual([]);
  await clock.advance(0);
  expect(calls).toEqual([
    { tenantId: 'ten_1', changes: [{ tag: 'a', version: 3 }, { tag: 'list' }] },
    { tenantId: 'ten_2', changes: [{ tag: 'b', version: 1 }, { tag: 'all' }] },
  ]);
  told.add('ten_1', { tag: 'c', version: 1 }, ['list']);
  await clock.advance(0);
  expect(calls.length).toBe(3);
});

it('keeps commands small, each with what is affected, and does not wait for the end of a turn for ever', async () => {
  const { calls, told, clock } = opened();
  for (let n = 0; n < toldChangesMax; n += 1) told.add('ten_1', { tag: `p${n}`, version: 1 }, ['list']);
  expect(calls.length).toBe(Math.ceil(toldChangesMax / tagsPerChangeMax));
  for (const { changes } of calls) {
    expect(changes.length).toBeLessThanOrEqual(tagsPerChangeMax + 1);
    expect(changes.at(-1)).toEqual({ tag: 'list' });
  }
  await clock.advance(0);
  expect(calls.length).toBe(Math.ceil(toldChangesMax / tagsPerChangeMax));
});
