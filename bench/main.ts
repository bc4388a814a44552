// `npm run bench [-- scenario ...] [--quick] [--profile]`: runs the scenarios and their baselines interleaved on real MongoDB and Redis,
// checks the books, and writes what was measured. Exit code 1: the run is void; 2: it was not understood.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMemory } from './measure/cpu.ts';
import { Rounds } from './measure/measurement.ts';
import { readOptions, segmentsOf } from './options.ts';
import { describeMachine } from './report/machine.ts';
import { describeProfiles, profilingEnv } from './report/profile.ts';
import { type Run, writeRun } from './report/write.ts';
import { type Bench, openBench, type Pace, type Segment } from './segment.ts';

const startedAt = Date.now();
let countedSince = startedAt;
const profiles = join(import.meta.dirname, 'results/partial', `profiles-${startedAt}`);
const log = (line: string) => console.log(`${((Date.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${line}`);

async function runRound(bench: Bench, pace: Pace, segments: readonly Segment[], rounds: Rounds): Promise<string[]> {
  // A token lives 10 minutes, a round less.
  await bench.opened()?.tenants.refresh();
  const broken: string[] = [];
  for (const segment of segments) {
    const measured = await segment.run(bench, pace);
    rounds.add(segment.name, measured);
    broken.push(...measured.broken.map((flaw) => `${segment.name}: ${flaw}`));
    const cpu = Object.values(measured.cpuUs).reduce((sum, us) => sum + us, 0);
    const latency = measured.latencyMs;
    log(
      `  ${segment.name.padEnd(7)}${measured.perSecond.toFixed(0).padStart(7)} ${measured.counted}/s` +
        `${cpu.toFixed(0).padStart(7)} us CPU each${latency ? `   p50 ${latency.p50} p99 ${latency.p99} ms` : ''}`,
    );
  }
  return broken;
}

async function main(): Promise<boolean> {
  const { pace, quick, profile, scenarios } = readOptions(process.argv.slice(2));
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
    const broken: string[] = [];
    const rounds = new Rounds();
    for (let round = 1 - pace.warmUpRounds; round <= pace.rounds; round++) {
      if (round === 1) countedSince = Date.now();
      log(round <= 0 ? 'warm-up' : `round ${round} of ${pace.rounds}`);
      broken.push(...(await runRound(bench, pace, segments, round <= 0 ? new Rounds() : rounds)));
    }
    const platform = bench.opened();
    if (platform) {
      log('checking the books');
      broken.push(...(await platform.check()));
    }
    const run: Run = {
      ...{ at: new Date(startedAt).toISOString(), quick, profile, pace, scenarios, segments, rounds, broken },
      machine: await describeMachine(bench),
      platform: platform && { startSeconds: platform.startSeconds, memoryMib: readMemory(platform.processes) },
    };
    writeRun(run, log);
    return broken.length === 0;
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
      console.error(error);
      return error instanceof Error && error.message.startsWith('unknown:') ? 2 : 1;
    },
  ),
);
