// Quantiles of few and of many numbers.
import { expect, it } from 'vitest';
import { latencyOf, spreadOf } from './quantile.ts';

it('takes quantiles of unsorted values', () => {
  expect(latencyOf([5, 1, 4, 2, 3])).toEqual({ p50: 3, p90: 5, p99: 5, max: 5 });
  expect(latencyOf([])).toBeUndefined();
});

it('spreads odd and even numbers of rounds', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
  expect(spreadOf([4, 1, 2, 3])).toEqual({ min: 1, median: 2.5, max: 4 });
  expect(spreadOf([7])).toEqual({ min: 7, median: 7, max: 7 });
  expect(() => spreadOf([])).toThrow('no values');
});
