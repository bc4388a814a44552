/**
 * `.data/run.json`: what runs, for chaos tests and tools, and for cleaning up after a stack that was killed together
 * with its watchdog. A process id alone proves nothing (numbers are used again), so the command line has to fit too.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { killWaitMs } from './limits.ts';
import { commandLine, isGroupAlive, sendSignal } from './process-table.ts';

export interface RunningProcess {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  /** Part of the process's command line. */
  readonly marker: string;
}

export interface RunFile {
  readonly supervisorPid: number;
  readonly gatewayUrl: string;
  readonly processes: Readonly<Record<string, RunningProcess>>;
}

const SUPERVISOR_MARKER = 'devstack/src/main.ts';

/** Replaces the file at once, so that a reader never sees half of it. */
export function writeRunFile(file: string, run: RunFile): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(run, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export function removeRunFile(file: string): void {
  rmSync(file, { force: true });
}

function readRunFile(file: string): RunFile | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunFile;
  } catch {
    return undefined;
  }
}

async function killLeftover({ pid }: RunningProcess): Promise<void> {
  const startedMs = Date.now();
  const elapsedMs = () => Date.now() - startedMs;
  while (isGroupAlive(pid) && elapsedMs() < 2 * killWaitMs) {
    sendSignal(-pid, elapsedMs() > killWaitMs ? 'SIGKILL' : 'SIGTERM');
    sendSignal(-pid, 'SIGCONT');
    await delay(100);
  }
}

/**
 * Makes sure that nothing else uses this data folder: throws when another stack runs on it, and ends the processes that
 * a dead one left behind. Returns their names.
 */
export async function clearLeftovers(file: string): Promise<string[]> {
  const run = readRunFile(file);
  if (!run) return [];
  if (run.supervisorPid !== process.pid && commandLine(run.supervisorPid).includes(SUPERVISOR_MARKER)) {
    throw new Error(
      `Holdfast runs already from this folder: ${run.gatewayUrl} (process ${run.supervisorPid}).\n` +
        'Stop it with Ctrl-C in its terminal, or set HOLDFAST_DATA_DIR to start a second one.',
    );
  }
  const left = Object.entries(run.processes).filter(([, { pid, marker }]) => commandLine(pid).includes(marker));
  await Promise.all(left.map(([, process]) => killLeftover(process)));
  removeRunFile(file);
  return left.map(([name]) => name);
}
