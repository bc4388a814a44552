// The batcher against its promises, under random arrivals, sizes, failures and run times.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBatcher } from './batcher.ts';

type Item = { id: number; bytes: number; outcome: 'answer' | 'refuse' | 'break' };

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const arrivals = fc.array(
  fc.record({
    bytes: fc.integer({ min: 0, max: 40 }),
    outcome: fc.constantFrom<Item['outcome'][]>('answer', 'answer', 'answer', 'refuse', 'break'),
    turnsBefore: fc.integer({ min: 0, max: 2 }),
  }),
  { maxLength: 60 },
);

describe('createBatcher', () => {
  it('answers each accepted item once, in bounded runs that keep the order and never overlap', async () => {
    await fc.assert(
      fc.asyncProperty(
        arrivals,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 3 }),
        async (items, maxItems, turns) => {
          const maxBytes = 50;
          const runs: Item[][] = [];
          let running = 0;
          const batcher = createBatcher<Item, number>({
            maxItems,
            maxBytes,
            sizeOf: (item) => item.bytes,
            maxWaiting: 1_000,
            async run(batch) {
              running += 1;
              expect(running).toBe(1);
              runs.push(batch);
              for (let n = 0; n < turns; n += 1) await turn();
              running -= 1;
              if (batch.some((item) => item.outcome === 'break')) throw new Error('broken');
              return batch.map((item) => (item.outcome === 'refuse' ? new Error(`refused ${item.id}`) : item.id));
            },
          });
          const answers: Promise<string>[] = [];
          for (const [id, { bytes, outcome, turnsBefore }] of items.entries()) {
            for (let n = 0; n < turnsBefore; n += 1) await turn();
            answers.push(batcher.add({ id, bytes, outcome }).then(String, (error: Error) => error.message));
          }
          await batcher.drain();
          expect(batcher.waiting).toBe(0);
          expect(runs.flat().map((item) => item.id)).toEqual(items.map((_, id) => id));
          for (const run of runs) {
            const bytes = run.reduce((sum, item) => sum + item.bytes, 0);
            expect(run.length).toBeLessThanOrEqual(maxItems);
            expect(run.length === 1 || bytes <= maxBytes).toBe(true);
          }
          const broken = new Set(runs.filter((run) => run.some((item) => item.outcome === 'break')).flat());
          const expected = runs
            .flat()
            .map((item) =>
              broken.has(item) ? 'broken' : item.outcome === 'refuse' ? `refused ${item.id}` : String(item.id),
            );
          expect(await Promise.all(answers)).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('puts what arrives during a run into the next one, and refuses what is too much', async () => {
    let finish: () => void = () => {};
    const sizes: number[] = [];
    const batcher = createBatcher<number, number>({
      maxItems: 100,
      maxWaiting: 3,
      async run(items) {
        sizes.push(items.length);
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return items;
      },
    });
    const first = batcher.add(1);
    await turn();
    await turn();
    const later = [2, 3, 4].map((item) => batcher.add(item));
    await expect(batcher.add(5)).rejects.toMatchObject({ code: 'busy' });
    finish();
    expect(await first).toBe(1);
    await turn();
    finish();
    expect(await Promise.all(later)).toEqual([2, 3, 4]);
    expect(sizes).toEqual([1, 3]);
  });
});

it('a run that never ends is given up, and what comes after it is answered', async () => {
  let runs = 0;
  const batcher = createBatcher<number, number>({
    maxItems: 10,
    maxWaiting: 10,
    runMsMax: 20,
    run: (items) => (++runs === 1 ? new Promise(() => {}) : Promise.resolve(items)),
  });
  const keepAlive = setTimeout(() => {}, 5_000);
  await expect(batcher.add(1)).rejects.toMatchObject({ code: 'unavailable' });
  expect(await batcher.add(2)).toBe(2);
  clearTimeout(keepAlive);
});

it('what arrives while a run is put off goes with it', async () => {
  const put = Promise.withResolvers<void>();
  const runs: number[][] = [];
  const batcher = createBatcher<number, number>({
    maxItems: 10,
    maxWaiting: 10,
    beforeRun: () => put.promise,
    run: async (items) => {
      runs.push(items);
      return items;
    },
  });
  const first = batcher.add(1);
  await new Promise((resolve) => setImmediate(resolve));
  const second = batcher.add(2);
  expect(runs).toEqual([]);
  put.resolve();
  expect(await Promise.all([first, second])).toEqual([1, 2]);
  expect(runs).toEqual([[1, 2]]);
});
