// One named test in a vitest process of its own, with or without a mutant. Invariant: `failed` is said only of a test
// that ran and failed; a file that cannot be loaded, a name that matches nothing and a mutant that was never loaded are
// errors of the list of mutants.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant, MutantTest } from './mutant.ts';

export interface Outcome {
  readonly kind: 'passed' | 'failed' | 'invalid';
  /** First line of the first failure, or why the run proves nothing. */
  readonly reason: string;
  readonly seconds: number;
}

interface TestReport {
  readonly testResults: readonly {
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

const rootDir = join(import.meta.dirname, '../..');
const runMsMax = 120_000;

/** Runs the test, until it has ended or `signal` aborts; never throws for what the test does. */
export async function runTest(test: MutantTest, signal: AbortSignal, mutant?: Mutant): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-mutate-'));
  const [report, loaded] = [join(folder, 'report.json'), join(folder, 'loaded')];
  const startedMs = performance.now();
  try {
    const env = { HOLDFAST_MUTANT: mutant?.name ?? '', HOLDFAST_MUTANT_LOADED: loaded };
    const output = await vitest(test, report, env, signal);
    const seconds = (performance.now() - startedMs) / 1_000;
    if (!existsSync(report)) return { kind: 'invalid', reason: `no report: ${output.slice(-500)}`, seconds };
    const read = readOutcome(JSON.parse(readFileSync(report, 'utf8')) as TestReport, output);
    const isUnseen = mutant !== undefined && read.kind !== 'invalid' && !existsSync(loaded);
    return isUnseen ? { kind: 'invalid', reason: 'the test does not load the file', seconds } : { ...read, seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readOutcome({ testResults }: TestReport, output: string): Omit<Outcome, 'seconds'> {
  const ran = testResults
    .flatMap((file) => file.assertionResults)
    .filter(({ status }) => status === 'passed' || status === 'failed');
  if (ran.length === 0) {
    const message = testResults.map((file) => file.message ?? '').join(' ') || output.slice(-500);
    return { kind: 'invalid', reason: `no test ran: ${message}` };
  }
  const failures = ran.filter(({ status }) => status === 'failed');
  if (failures.length === 0) return { kind: 'passed', reason: '' };
  const [reason = ''] = (failures[0]!.failureMessages?.[0] ?? '').split('\n');
  return { kind: 'failed', reason: reason.trim() };
}

/** Resolves with what it printed, when it has ended. */
function vitest(test: MutantTest, report: string, env: Record<string, string>, signal: AbortSignal): Promise<string> {
  const pattern = test.name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const args = [
    ...['run', '--config', 'tests/mutate/vitest.config.ts', '--project', test.project, test.file],
    ...['-t', pattern, '--maxWorkers=1', '--bail=1', '--reporter=json', `--outputFile=${report}`],
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(rootDir, 'node_modules/vitest/vitest.mjs'), ...args], {
      cwd: rootDir,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (part: Buffer) => {
      output = (output + part.toString()).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const kill = () => child.kill('SIGKILL');
    const timer = setTimeout(kill, runMsMax);
    signal.addEventListener('abort', kill);
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      resolve(output);
    });
  });
}
