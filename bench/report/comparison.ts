// Before and after a change, measured in one run. Ratios are taken within rounds:
// only those are worth anything on a shared machine.
import { cpuOf, type Measurement, type Rounds, rate } from '../measure/measurement.ts';
import type { Spread } from '../measure/quantile.ts';
import { beforeMark } from '../round.ts';
import { shown, spread, table } from './table.ts';

/** The other side of a comparison; its flaws are told, but void nothing. */
export type Before = { ref: string; commit: string; flaws: readonly string[] };

export type Compared = { segment: string; figure: string; before: Spread; after: Spread; ratio: Spread };

/** What is compared of a segment, by name. At rest there is no rate, only CPU per second. */
function figuresOf({ counted, latencyMs }: Measurement): [name: string, figure: (one: Measurement) => number][] {
  return [
    ['CPU µs each', cpuOf],
    ...(counted === 'seconds' ? [] : [[`${counted}/s`, rate] as [string, typeof rate]]),
    ...(latencyMs ? [['p50 ms', (one) => one.latencyMs!.p50] as [string, typeof rate]] : []),
  ];
}

/** Segments that were measured on both sides. */
function comparedSegments(rounds: Rounds): string[] {
  return [...rounds.segments.keys()].filter((name) => rounds.segments.has(name + beforeMark));
}

/** Every figure of every segment on both sides, and after / before within each round. */
export function compare(rounds: Rounds): Compared[] {
  return comparedSegments(rounds).flatMap((segment) => {
    const other = segment + beforeMark;
    return figuresOf(rounds.of(segment)[0]!).map(([name, figure]) => ({
      segment,
      figure: name,
      before: rounds.spread(other, figure),
      after: rounds.spread(segment, figure),
      ratio: rounds.ratio([segment, figure], [other, figure]),
    }));
  });
}

export type ByProcess = { segment: string; round: number; before: Measurement; after: Measurement };

/**
 * Both sides of each segment in the round whose ratio of CPU is the median: of one round, shares add up to their sum.
 */
export function medianRounds(rounds: Rounds): ByProcess[] {
  return comparedSegments(rounds).map((segment) => {
    const pairs = rounds.of(segment).map((after, index) => {
      const before = rounds.of(segment + beforeMark)[index]!;
      return { segment, round: index + 1, before, after };
    });
    const ratio = ({ before, after }: ByProcess) => cpuOf(after) / cpuOf(before);
    return pairs.sort((a, b) => ratio(a) - ratio(b))[Math.floor((pairs.length - 1) / 2)]!;
  });
}

/** For the terminal. */
export function comparisonLines({ ref, flaws }: Before, rounds: Rounds): string[] {
  return [
    '',
    `before (${ref}) and after, medians; after / before within rounds:`,
    ...compare(rounds).map(({ segment, figure, before, after, ratio }) => {
      const values = [before, after].map(({ median }) => shown(median).padStart(8)).join('  ->');
      const spreadOfRatio = `${shown(ratio.median)} x (${shown(ratio.min)} to ${shown(ratio.max)})`;
      return `  ${segment.padEnd(8)}${figure.padEnd(12)}${values}   ${spreadOfRatio}`;
    }),
    ...medianRounds(rounds).map(({ segment, round, before, after }) => {
      const shares = Object.keys(after.cpuUs).map(
        (name) => `${name} ${shown(before.cpuUs[name] ?? 0)} -> ${shown(after.cpuUs[name]!)}`,
      );
      return `  ${segment.padEnd(8)}CPU µs each in round ${round}: ${shares.join(', ')}`;
    }),
    ...flaws.map((flaw) => `  flaw before: ${flaw}`),
  ];
}

/** For the page. */
export function comparisonSection({ ref, flaws }: Before, rounds: Rounds): string {
  const rows = compare(rounds).map(({ segment, figure, before, after, ratio }) => [
    ...[segment, figure, shown(before.median), shown(after.median)],
    `${spread(ratio)} x`,
  ]);
  const pairs = medianRounds(rounds);
  const names = [...new Set(pairs.flatMap(({ before, after }) => Object.keys({ ...before.cpuUs, ...after.cpuUs })))];
  const cells = (one: Measurement) => names.map((name) => (name in one.cpuUs ? shown(one.cpuUs[name]!) : ''));
  const sides = pairs.flatMap(({ segment, round, before, after }) => [
    [segment + beforeMark, String(round), ...cells(before), `**${shown(cpuOf(before))}**`],
    [segment, String(round), ...cells(after), `**${shown(cpuOf(after))}**`],
  ]);
  return `## Before and after

Before is \`${ref}\`. Ratios are after / before, each within one round.

${table(['segment', 'figure', 'before, median', 'after, median', 'min / **median** / max of after / before'], rows)}

Each segment's median round:

${table(['CPU µs each', 'round', ...names, 'sum'], sides)}
${flaws.map((flaw) => `\n- flaw before: ${flaw}`).join('')}
`;
}
