// `npm test`: lint, types, then every vitest project, in that order, and at the very end the plain line `N passed, N
// failed`. Goes on after a failure so that one run shows everything; the exit code tells the sum. With arguments only
// vitest runs: project names (`unit tenancy`), path filters and vitest's own flags.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Count } from './count-reporter.ts';

const rootDir = join(import.meta.dirname, '../..');

/** One vitest run each, cheapest first: servers and platforms of a later stage must not slow down an earlier one. */
const STAGES = [
  ['unit', 'architecture', 'simulation'],
  ['integration', 'tenancy', 'contract'],
  ['e2e', 'api', 'profile'],
  ['performance'],
  ['chaos'],
];
const CHECK_PROJECTS = ['unit', 'architecture'];

let interrupted = false;

/** Runs a script with this Node; resolves with true when it succeeded. */
function run(script: string, args: readonly string[], env: Record<string, string> = {}): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(rootDir, script), ...args], {
      cwd: rootDir,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    const pass = (signal: NodeJS.Signals) => {
      interrupted = true;
      child.kill(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, pass);
    child.once('error', reject);
    child.once('exit', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, pass);
      resolve(code === 0);
    });
  });
}

/** A tool whose success counts as one passed check. */
async function runCheck(name: string, script: string, args: readonly string[]): Promise<Count> {
  const startedMs = Date.now();
  const good = await run(script, args);
  console.log(`${good ? 'passed' : 'FAILED'}: ${name} (${((Date.now() - startedMs) / 1000).toFixed(1)} s)`);
  return good ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Runs vitest and reads what the reporter counted; a crash before the report is one failure. */
async function runVitest(args: readonly string[]): Promise<Count> {
  const folder = join(rootDir, '.data', 'test-counts');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${process.pid}.json`);
  const reporter = join(rootDir, 'tests/setup/count-reporter.ts');
  const good = await run(
    'node_modules/vitest/vitest.mjs',
    ['run', '--reporter=default', `--reporter=${reporter}`, ...args],
    {
      HOLDFAST_TEST_COUNT_FILE: file,
    },
  );
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const count = JSON.parse(readFileSync(file, 'utf8')) as Count;
  rmSync(file);
  return !good && count.failed === 0 ? { ...count, failed: 1 } : count;
}

/** Project names become `--project`; everything else is vitest's. */
function vitestArgs(args: readonly string[]): string[] {
  return args.flatMap((argument) => (STAGES.flat().includes(argument) ? ['--project', argument] : [argument]));
}

/** Arguments of each vitest run. */
function stagesFor(args: readonly string[], isCheck: boolean): string[][] {
  if (isCheck) return [[...CHECK_PROJECTS, ...args.slice(1)]];
  return args.length > 0 ? [[...args]] : STAGES;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const isCheck = args[0] === 'check';
  const counts: Count[] = [];
  if (args.length === 0 || isCheck) {
    counts.push(await runCheck('lint', 'node_modules/@biomejs/biome/bin/biome', ['check', '--log-level=warn']));
    if (!interrupted)
      counts.push(await runCheck('types', 'node_modules/typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.json']));
  }
  for (const stage of stagesFor(args, isCheck)) {
    if (!interrupted) counts.push(await runVitest(vitestArgs(stage)));
  }
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0) + (interrupted ? 1 : 0);
  console.log(`${passed} passed, ${failed} failed`);
  // Nothing at all is no success: a misspelt project must not look green.
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

await main();
