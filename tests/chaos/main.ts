// `npm run chaos -- --minutes n --seed s [--replicas 2]`: breaks the whole platform under load and proves what it kept.
// Ends by itself, also on Ctrl-C; exits with 1 when anything is wrong or
// a goal is missed.
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isSound, missedGoals, printReport } from './report.ts';
import { runChaos } from './run-chaos.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(randomInt(1, 1_000_000)) },
    replicas: { type: 'string', default: '2' },
  },
});

function positive(name: string, text: string, most: number): number {
  const value = Number(text);
  if (value > 0 && value <= most) return value;
  console.error(`--${name} must be a number above 0 and at most ${most}, not ${text}`);
  process.exit(2);
}

const minutes = positive('minutes', values.minutes, 24 * 60);
const seed = Math.floor(positive('seed', values.seed, 2 ** 31));
const replicas = Math.floor(positive('replicas', values.replicas, 4));
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

console.log(`chaos for ${minutes} min, seed ${seed}, ${replicas} of every service`);
const dataDir = join(import.meta.dirname, '../../.data/chaos', String(process.pid));
const startedMs = performance.now();
const log = (line: string) => console.log(`[${((performance.now() - startedMs) / 1_000).toFixed(1)}] ${line}`);
try {
  const report = await runChaos({ minutes, seed, replicas, dataDir, log, signal: stopping.signal });
  console.log(`\nchaos, ${minutes} min, seed ${seed}:`);
  printReport(report, console.log);
  process.exit(isSound(report) && missedGoals(report).length === 0 ? 0 : 1);
} catch (error) {
  console.error(stopping.signal.aborted ? 'stopped' : error);
  process.exit(stopping.signal.aborted ? 130 : 1);
}
