// What the command line of the benchmark is understood as.
import { expect, it } from 'vitest';
import { fullPace, quickPace, readOptions, scenarios, segmentsOf } from './options.ts';

it('runs everything unless scenarios are named', () => {
  expect(readOptions([])).toEqual({ pace: fullPace, quick: false, profile: false, against: undefined, scenarios });
  const some = readOptions(['S1', '--quick', 's6']);
  expect(some.pace).toEqual(quickPace);
  expect(some.scenarios.map(({ name }) => name)).toEqual(['s1', 's6']);
});

it('names what there is when a name is unknown', () => {
  expect(() => readOptions(['s1', 's99'])).toThrow(/unknown: s99; there are .*s2b/);
});

it('takes a git ref to compare with, which a profile cannot have', () => {
  expect(readOptions(['s1', '--against', 'HEAD~2', '--quick'])).toMatchObject({ against: 'HEAD~2', quick: true });
  expect(readOptions(['--against=v1', 'idle']).scenarios.map(({ name }) => name)).toEqual(['idle']);
  for (const wrong of [['--against'], ['--against', '--quick'], ['--profile', '--against', 'v1'], ['--fast']])
    expect(() => readOptions(wrong)).toThrow(/^unknown: .*--against <git ref>/s);
});

it('runs a segment that two scenarios share once in a round', () => {
  const names = segmentsOf(scenarios).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(
    expect.arrayContaining(['S1-256', 'S1-64', 'F1', 'F2', 'F3', 'B1-256', 'B1-hot', 'S2', 'S2b', 'F5']),
  );
});
