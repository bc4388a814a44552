// Writes a run: Markdown to read, JSON to compute with, a chart to look at. A full run of everything becomes `latest`
// and a line of the history; anything less goes to a folder that is not committed. A void run is written, and says so.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rounds } from '../measure/measurement.ts';
import { scenarios as allScenarios } from '../options.ts';
import type { Pace, Scenario, Segment } from '../segment.ts';
import { drawChart } from './chart.ts';
import { type Before, comparisonLines } from './comparison.ts';
import type { Machine } from './machine.ts';
import { goalLines, toMarkdown } from './markdown.ts';

export type Run = {
  at: string;
  quick: boolean;
  profile: boolean;
  pace: Pace;
  scenarios: readonly Scenario[];
  segments: readonly Pick<Segment, 'name' | 'what'>[];
  rounds: Rounds;
  broken: readonly string[];
  /** The other side of a comparison. */
  before: Before | undefined;
  machine: Machine;
  platform: { startSeconds: number; memoryMib: Record<string, number> } | undefined;
};

const results = join(import.meta.dirname, '../results');

function toJson(run: Run) {
  return {
    at: run.at,
    quick: run.quick,
    profile: run.profile,
    void: run.broken.length > 0,
    broken: run.broken,
    machine: run.machine,
    pace: run.pace,
    platform: run.platform,
    before: run.before,
    goals: run.scenarios.flatMap(({ name, goals }) => goals(run.rounds).map((goal) => ({ scenario: name, ...goal }))),
    segments: run.segments.map(({ name, what }) => ({ name, what, rounds: run.rounds.of(name) })),
  };
}

/** Writes the run and prints its goals and where it is. */
export function writeRun(run: Run, log: (line: string) => void): void {
  const isLatest = !run.quick && !run.profile && !run.before && run.scenarios.length === allScenarios.length;
  const folder = isLatest ? results : join(results, 'partial');
  const what = isLatest ? 'latest' : run.quick ? 'quick' : run.scenarios.map((scenario) => scenario.name).join('-');
  const name = run.before ? `${what}-against-${run.before.commit.slice(0, 7)}` : what;
  mkdirSync(folder, { recursive: true });
  const json = toJson(run);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(json, null, 1)}\n`);
  writeFileSync(join(folder, `${name}.svg`), drawChart(run.rounds));
  writeFileSync(join(folder, `${name}.md`), toMarkdown(run, `${name}.svg`));
  const { segments: _segments, ...summary } = json;
  if (isLatest) appendFileSync(join(results, 'history.jsonl'), `${JSON.stringify(summary)}\n`);
  console.log('');
  for (const line of goalLines(run)) console.log(line);
  for (const line of run.before ? comparisonLines(run.before, run.rounds) : []) console.log(line);
  for (const flaw of run.broken) console.log(`BROKEN  ${flaw}`);
  const sound = run.platform ? 'all invariants hold' : 'only reads and baselines: there was no invariant to check';
  console.log(run.broken.length === 0 ? sound : 'THIS RUN IS VOID: an invariant is broken');
  log(`written to ${join(folder, name)}.{md,json,svg}`);
}
