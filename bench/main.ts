// `npm run bench [-- scenario ...] [--quick] [--profile] [--against <git ref>]`: runs the scenarios and their baselines
// interleaved on real MongoDB and Redis, ends with the checker, and writes what was measured. Exit code 1: the run is
// void; 2: it was not understood.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMemory } from './measure/cpu.ts';
import { Rounds } from './measure/measurement.ts';
import { readOptions, segmentsOf } from './options.ts';
import { commitOf, makeTree, removeTree, treeOf } from './platform/worktree.ts';
import { describeMachine } from './report/machine.ts';
import { describeProfiles, profilingEnv } from './report/profile.ts';
import { type Run, writeRun } from './report/write.ts';
import { type Flaws, type RoundPlan, runRound, stepsOf } from './round.ts';
import { type Bench, openBench } from './segment.ts';

const startedAt = Date.now();
let countedSince = startedAt;
const profiles = join(import.meta.dirname, 'results/partial', `profiles-${startedAt}`);
const log = (line: string) => console.log(`${((Date.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${line}`);

/** What is wrong with the older platform; it may store things in a way that the checker does not know any more. */
async function checkBefore(before: Bench | undefined): Promise<string[]> {
  try {
    return (await before?.opened()?.check()) ?? [];
  } catch (error) {
    return [`it cannot be checked: ${(error as Error).message}`];
  }
}

/** The same bench with the platform of another commit, whose tree goes when the bench closes. */
function openBefore(bench: Bench, commit: string): Bench {
  const tree = treeOf(commit);
  bench.onClose(async () => removeTree(tree));
  log(`checking ${commit.slice(0, 7)} out, with its dependencies`);
  makeTree(tree, commit);
  return bench.beside(tree);
}

/** All rounds, then the checker; returns what was measured in those that count. */
async function runRounds(plan: RoundPlan): Promise<Rounds> {
  const { bench, before, pace, flaws } = plan;
  const rounds = new Rounds();
  for (let round = 1 - pace.warmUpRounds; round <= pace.rounds; round++) {
    if (round === 1) countedSince = Date.now();
    log(round <= 0 ? 'warm-up' : `round ${round} of ${pace.rounds}`);
    await runRound(plan, round, round <= 0 ? new Rounds() : rounds);
  }
  const platform = bench.opened();
  if (platform) {
    log('checking every invariant');
    flaws.now.push(...(await platform.check()));
    flaws.before.push(...(await checkBefore(before)));
  }
  return rounds;
}

async function main(): Promise<boolean> {
  const { pace, quick, profile, against, scenarios } = readOptions(process.argv.slice(2));
  const commit = against === undefined ? undefined : commitOf(against);
  const segments = segmentsOf(scenarios);
  const bench = await openBench(pace, log, profile ? profilingEnv(profiles) : {});
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      interrupted = true;
      log(`${signal}: stopping everything`);
      void bench.close().finally(() => process.exit(1));
    });
  try {
    const before = commit === undefined ? undefined : openBefore(bench, commit);
    const flaws: Flaws = { now: [], before: [] };
    const rounds = await runRounds({ bench, before, pace, segments, flaws, log });
    const platform = bench.opened();
    const steps = stepsOf(segments, 1, '', before && `, at ${against}`);
    const run: Run = {
      at: new Date(startedAt).toISOString(),
      quick,
      profile,
      pace,
      scenarios,
      rounds,
      broken: flaws.now,
      segments: steps.map(({ name, segment, side }) => ({ name, what: segment.what + side })),
      before: commit === undefined ? undefined : { ref: against!, commit, flaws: flaws.before },
      machine: await describeMachine(bench),
      platform: platform && { startSeconds: platform.startSeconds, memoryMib: readMemory(platform.processes) },
    };
    writeRun(run, log);
    return flaws.now.length === 0;
  } catch (error) {
    // Told before everything is stopped, which may have its own troubles. After a signal it is only a consequence.
    if (!interrupted) console.error(error);
    else await new Promise(() => undefined);
    return false;
  } finally {
    if (!interrupted) await bench.close();
    if (profile && !interrupted) describeHotspots();
  }
}

/** Services write their profiles when they stop. */
function describeHotspots(): void {
  const seconds = (Date.now() - countedSince) / 1_000;
  const file = join(profiles, 'hotspots.txt');
  writeFileSync(file, `${describeProfiles(profiles, seconds)}\n`);
  log(`where the CPU time goes: ${file}`);
}

process.exit(
  await main().then(
    (sound) => (sound ? 0 : 1),
    (error: unknown) => {
      const misunderstood = error instanceof Error && error.message.startsWith('unknown:');
      console.error(misunderstood ? error.message : error);
      return misunderstood ? 2 : 1;
    },
  ),
);
