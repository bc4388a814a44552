// The order of segments in a round.
import { expect, it } from 'vitest';
import { scenarios, segmentsOf } from './options.ts';
import { stepsOf } from './round.ts';

const s1AndS6 = segmentsOf(scenarios.filter(({ name }) => name === 's1' || name === 's6'));
const names = (round: number, before?: string) => stepsOf(s1AndS6, round, 'now', before).map(({ name }) => name);

it('runs every segment once when nothing is compared', () => {
  expect(names(1)).toEqual(['S1-256', 'F1', 'B1-256', 'S1-64', 'B1-64', 'F2', 'F4', 'F5']);
});

it('runs segments of the platform on both sides, in turns the one or the other first, and baselines once', () => {
  expect(names(1, 'before').slice(0, 6)).toEqual(['S1-256@before', 'S1-256', 'F1', 'B1-256', 'S1-64@before', 'S1-64']);
  expect(names(2, 'before').slice(-4)).toEqual(['F2', 'F4', 'F5', 'F5@before']);
  expect(stepsOf(s1AndS6, 2, 'now', 'before').map(({ side }) => side)).toContain('before');
});
