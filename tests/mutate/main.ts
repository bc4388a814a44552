// `npm run mutate [-- words]`: takes each mechanism away and expects its named test to fail. Prints the table as
// Markdown; exits with 1 when a mutant survives, when a test fails without one, or when nothing matches the words.
import setupServers from '../setup/global.ts';
import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';
import { type Outcome, runTest } from './run-test.ts';

/** Two at a time: most of a run is starting up, and two cores are what the tests are made for. */
const concurrency = 2;

interface Row {
  readonly mutant: Mutant;
  readonly verdict: 'killed' | 'SURVIVED' | 'INVALID';
  readonly reason: string;
}

const words = process.argv.slice(2).filter((word) => word !== '--');
const chosen = mutants.filter(({ name, mechanism }) =>
  words.every((word) => `${name} ${mechanism}`.toLowerCase().includes(word.toLowerCase())),
);
if (chosen.length === 0) {
  console.error(`no mutant matches ${words.join(' ')}; there are: ${mutants.map(({ name }) => name).join(', ')}`);
  process.exit(1);
}
const startedMs = performance.now();
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
const needsServers = chosen.some(({ test }) => test.project === 'integration' || test.project === 'tenancy');
const stopServers = needsServers ? await setupServers() : undefined;
try {
  const rows = await judgeAll(chosen);
  if (stopping.signal.aborted) throw new Error('stopped');
  console.log(`\n${tableOf(rows)}\n`);
  const bad = rows.filter(({ verdict }) => verdict !== 'killed');
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  console.log(`${rows.length - bad.length} of ${rows.length} killed, in ${seconds} s`);
  process.exitCode = bad.length > 0 ? 1 : 0;
} catch (error) {
  console.error(stopping.signal.aborted ? 'stopped' : error);
  process.exitCode = 1;
} finally {
  await stopServers?.();
}

async function judgeAll(list: readonly Mutant[]): Promise<Row[]> {
  const sound = new Map<string, Promise<Outcome>>();
  const rows: Row[] = [];
  let next = 0;
  const work = async () => {
    while (next < list.length && !stopping.signal.aborted) {
      const n = next;
      next += 1;
      const row = await judge(list[n]!, sound);
      rows[n] = row;
      console.log(`${row.verdict}: ${row.mutant.name} (${row.reason})`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return rows;
}

/** First the test as it is, once per test; then with the mutant. */
async function judge(mutant: Mutant, sound: Map<string, Promise<Outcome>>): Promise<Row> {
  const { test } = mutant;
  const key = `${test.file} ${test.name}`;
  const plain = sound.get(key) ?? runTest(test, stopping.signal);
  sound.set(key, plain);
  const before = await plain;
  if (before.kind !== 'passed') {
    return { mutant, verdict: 'INVALID', reason: `without it, ${test.file} "${test.name}": ${before.reason}` };
  }
  const { kind, reason } = await runTest(test, stopping.signal, mutant);
  if (kind === 'failed') return { mutant, verdict: 'killed', reason };
  return { mutant, verdict: kind === 'passed' ? 'SURVIVED' : 'INVALID', reason: reason || `${test.file} still passes` };
}

function tableOf(rows: readonly Row[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const lines = rows.map(({ mutant: { name, mechanism, test }, verdict }) => {
    const file = test.file.split('/').at(-1);
    return `| ${name} | ${cell(mechanism)} | ${file}: ${cell(test.name)} | ${verdict} |`;
  });
  return ['| mutant | taken away | test | |', '| --- | --- | --- | --- |', ...lines].join('\n');
}
