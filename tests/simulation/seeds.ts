// Runs ranges of seeds, or the one that SEED names, and tells of a violation what is needed to see it again.
import { expect } from 'vitest';
import { type Run, type Settings, simulate } from './lab/simulate.ts';

/** The seeds of a range, or only SEED when it is set. */
export function seedsOf(first: number, count: number): number[] {
  const wanted = process.env.SEED;
  return wanted ? [Number(wanted)] : Array.from({ length: count }, (_, n) => first + n);
}

/**
 * Runs one seed; fails at a violation with how to run it again and its last steps.
 * CRASH_AT='before mongo orders abort' lets a process die there.
 */
export async function expectSound(seed: number, settings: Settings = {}): Promise<Run> {
  const run = await simulate(seed, { crashAt: process.env.CRASH_AT, ...settings });
  if (run.violation === undefined) return run;
  const crash = settings.crashAt ? `CRASH_AT='${settings.crashAt}' ` : '';
  return expect.fail(
    `SEED=${seed} ${crash}npm test -- simulation\n${run.violation}\nThe last steps:\n${run.lastSteps}`,
  );
}

/** Runs every seed; fails at the first violation. */
export async function expectNoViolation(seeds: readonly number[]): Promise<Run[]> {
  const runs: Run[] = [];
  for (const seed of seeds) runs.push(await expectSound(seed));
  return runs;
}

const attemptsMax = 6;

/**
 * Sees to it that a process has died before and after every kind of call that these runs have made: where chance has
 * left one out, a run that makes such a call is repeated, and the process that makes it dies there. Answers the kinds,
 * and the points at which nobody died all the same.
 */
export async function crashEverywhere(runs: readonly Run[]): Promise<{ kinds: string[]; missing: string[] }> {
  const kinds = [...new Set(runs.flatMap((run) => [...run.census.calls.keys()]))].sort();
  const points = kinds.flatMap((kind) => [
    { kind, point: `before ${kind}` },
    { kind, point: `after ${kind}` },
  ]);
  const died = new Set(runs.flatMap((run) => [...run.census.crashes.keys()]));
  for (const { kind, point } of points) {
    for (const { seed } of runs.filter(({ census }) => census.calls.has(kind)).slice(0, attemptsMax)) {
      if (died.has(point)) break;
      const run = await expectSound(seed, { crashAt: point });
      for (const crashed of run.census.crashes.keys()) died.add(crashed);
    }
  }
  return { kinds, missing: points.flatMap(({ point }) => (died.has(point) ? [] : [point])) };
}

/** Calls that come last to happen: a thousand seeds without them would leave out a part of the platform. */
const rareKinds = [
  ...['orders', 'inventory', 'catalog'].flatMap((domain) => [
    `redis ${domain} trim`,
    `redis ${domain} bytes`,
    `redis ${domain} resync.extend`,
    `redis ${domain} noteSnapshots`,
  ]),
  ...['orders', 'inventory', 'observer'].flatMap((service) => [
    `mongo ${service} abort`,
    `mongo ${service} killSessions`,
    `mongo ${service} dead_letters.bulkWrite`,
    `mongo ${service} blocked_aggregates.bulkWrite`,
  ]),
];

/** New adjustments, and what became of corrections; some wait for orders to give stock back. */
const adjusted = [
  ...['adjust 201', 'adjust WAITING', 'correct APPLIED', 'correct DELETED', 'correct WAITING'],
  ...['withdrawal APPLIED', 'withdrawal REFUSED'],
];

/** Stock that leaves for another location, arrives, or comes back. */
const transferred = ['DRAFT', 'SHIPPED', 'RECEIVED', 'CANCELLED'].map((to) => `transfer ${to}`);

/** Orders that are paid, changed, shipped in parts, given up in part, and sent back. */
const lived = [
  ...['place AWAITING_PAYMENT', 'pay 200', 'change 200', 'change 202', 'change insufficient_stock', 'refund 200'],
  ...['ship 200', 'deliver 200', 'rest 200', 'return 200', 'approve 200', 'receive 200'],
];

/** Every seed, and a crash before and after every kind of call; a run that decides nothing would prove nothing. */
export async function expectThousand(first: number): Promise<void> {
  const seeds = seedsOf(first, 1_000);
  const runs = await expectNoViolation(seeds);
  if (seeds.length === 1) return;
  const answers = runs.flatMap((run) => [...run.answers.keys()]);
  expect(answers).toEqual(
    expect.arrayContaining([
      'place CONFIRMED',
      'place REJECTED',
      'place CANCELLED',
      'cancel 200',
      ...adjusted,
      ...transferred,
      ...lived,
    ]),
  );
  const { kinds, missing } = await crashEverywhere(runs);
  expect(missing).toEqual([]);
  expect(kinds).toEqual(expect.arrayContaining(rareKinds));
  console.log(`${runs.length} seeds; a process has died before and after each of these:\n  ${kinds.join('\n  ')}`);
}
