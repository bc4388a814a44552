// What a comparison of two commits tells.
import { expect, it } from 'vitest';
import { type Measurement, Rounds } from '../measure/measurement.ts';
import { compare, comparisonLines, comparisonSection, medianRounds } from './comparison.ts';

const measured = (perSecond: number, mongod: number, p50?: number): Measurement => ({
  counted: 'orders',
  count: 100,
  seconds: 1,
  perSecond,
  cpuUs: { mongod, orders: 50 },
  broken: [],
  latencyMs: p50 === undefined ? undefined : { p50, p90: 0, p99: 0, max: 0 },
});

/** The machine becomes three times slower, and after is always a fifth better than before. */
function slowingDown(): Rounds {
  const rounds = new Rounds();
  for (const slow of [1, 2, 3]) {
    rounds.add('F1', measured(1_000 / slow, 10 * slow));
    rounds.add('S1@before', measured(100 / slow, 200 * slow - 50, 10 * slow));
    rounds.add('S1', measured(120 / slow, 160 * slow - 50, 8 * slow));
  }
  return rounds;
}

it('compares within rounds, so that a machine that slows down changes nothing', () => {
  const [cpu, rate, p50, ...none] = compare(slowingDown());
  expect(none).toEqual([]);
  expect(cpu).toMatchObject({ segment: 'S1', figure: 'CPU µs each', before: { median: 400 }, after: { median: 320 } });
  expect(cpu!.ratio).toEqual({ min: 0.8, median: 0.8, max: 0.8 });
  expect(rate).toMatchObject({ figure: 'orders/s', before: { min: 100 / 3, max: 100 } });
  expect(rate!.ratio.median).toBeCloseTo(1.2);
  expect(p50).toMatchObject({ figure: 'p50 ms', ratio: { median: 0.8 } });
});

it('has no rate and no latency of a platform at rest', () => {
  const rounds = new Rounds();
  for (const name of ['rest@before', 'rest']) rounds.add(name, { ...measured(1, 10), counted: 'seconds' });
  expect(compare(rounds).map(({ figure }) => figure)).toEqual(['CPU µs each']);
});

it('shows the processes of the round whose ratio is the median', () => {
  const rounds = new Rounds();
  for (const [before, after] of [
    [100, 500],
    [100, 100],
    [100, 20],
    [100, 200],
  ] as const) {
    rounds.add('S2', measured(1, after));
    rounds.add('S2@before', measured(1, before));
  }
  // Of an even number the better of the middle two: one that was measured.
  expect(medianRounds(rounds)).toMatchObject([{ segment: 'S2', round: 2, after: { cpuUs: { mongod: 100 } } }]);
});

it('tells both, and what was wrong before', () => {
  const before = { ref: 'v1', commit: 'abc', flaws: ['S1@before: 3 answers were 503'] };
  const rounds = slowingDown();
  const lines = comparisonLines(before, rounds);
  expect(lines).toContain('  S1      CPU µs each      400  ->     320   0.8 x (0.8 to 0.8)');
  expect(lines.at(-2)).toMatch(/S1 .*in round \d: mongod \d+ -> \d+, orders 50 -> 50/);
  expect(lines.at(-1)).toContain('S1@before: 3 answers were 503');
  expect(comparisonSection(before, rounds)).toContain(
    '| S1 | CPU µs each | 400 | 320 | 0.8 / **0.8** / 0.8 x |\n| S1 | orders/s | 50 | 60 |',
  );
});
