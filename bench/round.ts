// One round: every segment once, and in a comparison those of the platform on both sides, one directly after the other.
// Who is first changes from round to round, so that neither side always inherits what the other left to do.
import { cpuOf, type Rounds } from './measure/measurement.ts';
import type { Bench, Pace, Segment } from './segment.ts';

/** Stands behind the name of a segment that was measured on the platform of the other tree. */
export const beforeMark = '@before';

/** What is wrong, on either side; only `now` makes a run void, `before` may be what was changed. */
export type Flaws = { now: string[]; before: string[] };

type Step<Side> = { name: string; segment: Segment; side: Side };

/** What a round runs, in its order. */
export function stepsOf<Side>(
  segments: readonly Segment[],
  round: number,
  now: Side,
  before: Side | undefined,
): Step<Side>[] {
  return segments.flatMap((segment) => {
    const own = { name: segment.name, segment, side: now };
    if (before === undefined || segment.baseline) return [own];
    const other = { name: `${segment.name}${beforeMark}`, segment, side: before };
    return round % 2 === 0 ? [own, other] : [other, own];
  });
}

export type RoundPlan = {
  bench: Bench;
  before: Bench | undefined;
  pace: Pace;
  segments: readonly Segment[];
  flaws: Flaws;
  log: (line: string) => void;
};

/** Runs one round and adds what it measured to `rounds`. */
export async function runRound(plan: RoundPlan, round: number, rounds: Rounds): Promise<void> {
  const { bench, before, pace, segments, flaws, log } = plan;
  // A token lives 10 minutes, a round less.
  for (const side of [bench, before]) await side?.opened()?.tenants.refresh();
  for (const { name, segment, side } of stepsOf(segments, round, bench, before)) {
    const measured = await segment.run(side, pace);
    rounds.add(name, measured);
    flaws[side === bench ? 'now' : 'before'].push(...measured.broken.map((flaw) => `${name}: ${flaw}`));
    const latency = measured.latencyMs;
    log(
      `  ${name.padEnd(before ? 14 : 7)}${measured.perSecond.toFixed(0).padStart(7)} ${measured.counted}/s` +
        `${cpuOf(measured).toFixed(0).padStart(7)} us CPU each${latency ? `   p50 ${latency.p50} p99 ${latency.p99} ms` : ''}`,
    );
  }
}
