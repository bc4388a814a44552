// Runs ranges of seeds, or the one that SEED names, and tells of a violation what is needed to see it again.
import { expect } from 'vitest';
import { type Run, type Settings, simulate } from './lab/simulate.ts';

/** The seeds of a range, or only SEED when it is set. */
export function seedsOf(first: number, count: number): number[] {
  const wanted = process.env.SEED;
  return wanted ? [Number(wanted)] : Array.from({ length: count }, (_, n) => first + n);
}

/** Runs every seed; fails at the first violation with its seed and its last steps. */
export async function expectNoViolation(seeds: readonly number[], settings?: Settings): Promise<Run[]> {
  const runs: Run[] = [];
  for (const seed of seeds) {
    const run = await simulate(seed, settings);
    if (run.violation !== undefined) {
      expect.fail(`SEED=${seed} npm test -- simulation\n${run.violation}\nThe last steps:\n${run.lastSteps}`);
    }
    runs.push(run);
  }
  return runs;
}
