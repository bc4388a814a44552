import { expect, it } from 'vitest';
import { quantile } from './report.ts';

it('takes quantiles of unsorted values', () => {
  const values = [5, 1, 4, 2, 3];
  expect([quantile(values, 0), quantile(values, 0.5), quantile(values, 0.99)]).toEqual([1, 3, 5]);
  expect(() => quantile([], 0.5)).toThrow('no values');
});
