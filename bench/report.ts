// What a scenario reports.
export type Report = {
  scenario: string;
  /** Data set, concurrency, what one figure counts. */
  what: string;
  figures: Record<string, number | string>;
  goals: { text: string; met: boolean }[];
  /** Broken invariants; a run with one is void, however fast. */
  broken: string[];
};

/** The p-quantile (0 to 1) of the values, rounded to two decimals. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
  if (value === undefined) throw new Error('no values');
  return Math.round(value * 100) / 100;
}
