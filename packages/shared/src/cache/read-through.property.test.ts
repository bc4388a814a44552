// The promise of the cache under any interleaving of reads, slow loads, commits, deaths, evictions and outages: a
// writer reads what was answered before, everybody else what was committed a second ago.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLab, type Fate, type Thing } from './lab.fixture.ts';

type Lab = ReturnType<typeof createLab>;
type Command = { text: string; run: (lab: Lab) => unknown };

const process = fc.nat(1);
const thing = fc.constantFrom<Thing>('a', 'b');
const command = (arbitrary: fc.Arbitrary<Command>) => arbitrary;

const read = command(
  fc.tuple(process, fc.constantFrom<Thing | 'list'>('a', 'b', 'list'), fc.boolean()).map(([at, tag, isWriter]) => ({
    text: `${isWriter ? 'writer' : 'reader'} reads ${tag} at ${at}`,
    run: (lab) => void lab.read(at, tag, isWriter),
  })),
);
const write = command(
  fc
    .tuple(process, thing, fc.constantFrom<Fate>('ends', 'ends', 'dies marked', 'dies committed'), fc.nat(2))
    .map(([at, one, fate, reach]) => ({
      text: `write ${one} at ${at}: ${fate}${reach > 0 ? '' : ', cut off'}`,
      run: (lab) => void lab.write(at, one, { fate, isReached: reach > 0 }),
    })),
);
const step = command(fc.nat(4).map((which) => ({ text: `step ${which}`, run: (lab) => lab.step(which) })));
const pass = command(
  fc.constantFrom(1, 50, 250, 399, 700, 4_000).map((ms) => ({ text: `${ms} ms`, run: (lab) => lab.pass(ms) })),
);
const trouble = command(
  fc.oneof(
    fc.constant<Command>({ text: 'flush', run: (lab) => lab.lose() }),
    fc.constant<Command>({ text: 'restart', run: (lab) => lab.restart() }),
    fc.constantFrom('a', 'list', 'all').map((tag) => ({ text: `evict ${tag}`, run: (lab: Lab) => lab.lose(tag) })),
    fc.tuple(process, fc.boolean()).map(([at, isTold]) => ({
      text: `tail of ${at} ${isTold ? 'runs' : 'stands'}`,
      run: (lab: Lab) => lab.setTold(at, isTold),
    })),
    fc.tuple(process, fc.constantFrom('none', 'none', 'cut', 'unheard')).map(([at, outage]) => ({
      text: `outage of ${at}: ${outage}`,
      run: (lab: Lab) => lab.setOutage(at, outage as 'none'),
    })),
  ),
);
const commands = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: read },
    { weight: 2, arbitrary: write },
    { weight: 8, arbitrary: step },
    { weight: 3, arbitrary: pass },
    { weight: 2, arbitrary: trouble },
  ),
  { minLength: 30, maxLength: 200 },
);

it('nobody reads what is too old', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      const lab = createLab(2);
      for (const { run } of list) await run(lab);
      await lab.finish();
      expect(lab.broken, list.map(({ text }) => text).join('\n')).toEqual([]);
    }),
    { numRuns: 1_500 },
  );
}, 60_000);
