// Quantiles of values, and the spread of a figure over the rounds of a run.

/** Minimum, median and maximum over the counted rounds. */
export type Spread = { min: number; median: number; max: number };

/** Milliseconds. */
export type Latency = { p50: number; p90: number; p99: number; max: number };

/** The p-quantile (0 to 1) of ascending values; throws when there are none. */
export function quantileOfSorted(sorted: ArrayLike<number>, p: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
  if (value === undefined) throw new Error('no values');
  return value;
}

const round = (value: number) => Math.round(value * 100) / 100;

/** Quantiles of latencies in any order; undefined when there are none. */
export function latencyOf(values: readonly number[]): Latency | undefined {
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  const at = (p: number) => round(quantileOfSorted(sorted, p));
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

/** The spread of one value per round; the median of an even number of rounds is the mean of the middle two. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  const median = (quantileOfSorted(sorted, 0.5) + sorted[Math.ceil(middle) - 1]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}
