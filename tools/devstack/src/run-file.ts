// `.data/run.json`: whose this data folder is and what runs on it; for tools, and for cleaning up after a stack that
// was killed together with its watchdog. Invariant: two stacks never run on one folder, also when they start at once. A
// process id alone proves nothing (numbers are used again): the moment of the start, or the command line,
// has to fit too.
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { claimAttemptsMax, formerPollMs, formerStopWaitMs, killWaitMs } from './limits.ts';
import { commandLine, isGroupAlive, sendSignal, startOf } from './process-table.ts';

export interface RunningProcess {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  /** Part of the process's command line. */
  readonly marker: string;
}

export interface RunFile {
  readonly supervisorPid: number;
  readonly supervisorStart: string;
  /** The stack has been told to stop and will remove this file. */
  readonly isStopping: boolean;
  readonly gatewayUrl: string;
  readonly processes: Readonly<Record<string, RunningProcess>>;
}

/** What a stack tells of itself; that it is this process follows. */
export type RunState = Omit<RunFile, 'supervisorPid' | 'supervisorStart'>;

export interface ClaimOptions {
  readonly log: (line: string) => void;
  /** Ends the wait for a former stack. */
  readonly signal?: AbortSignal | undefined;
  readonly waitMs?: number;
}

const text = (state: RunState): string => {
  const run: RunFile = { supervisorPid: process.pid, supervisorStart: startOf(process.pid), ...state };
  return `${JSON.stringify(run, null, 2)}\n`;
};

const NOTHING: RunState = { isStopping: false, gatewayUrl: '', processes: {} };
const NOBODY: RunFile = { supervisorPid: 0, supervisorStart: 'never', ...NOTHING };

/** Replaces the file at once, so that a reader never sees half of it. */
export function writeRunFile(file: string, state: RunState): void {
  writeFileSync(`${file}.new`, text(state));
  renameSync(`${file}.new`, file);
}

export function removeRunFile(file: string): void {
  rmSync(file, { force: true });
}

/** Undefined when there is none; a damaged one is nobody's. */
function readRunFile(file: string): RunFile | undefined {
  try {
    return { ...NOBODY, ...(JSON.parse(readFileSync(file, 'utf8')) as Partial<RunFile>) };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : NOBODY;
  }
}

const isRunning = (run: RunFile) => startOf(run.supervisorPid) === run.supervisorStart;

/** Makes the file, complete from its first moment; false when there is one already. */
function createRunFile(file: string, processes: RunState['processes']): boolean {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, text({ ...NOTHING, processes }));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

/** Takes a dead stack's file away; undefined when somebody else was faster. */
function takeAway(file: string): RunFile | undefined {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return undefined;
  }
  const run = readRunFile(aside);
  const isDead = run !== undefined && !isRunning(run);
  // Between reading and taking, another start may have claimed the folder: that one gets its file back.
  if (!isDead) linkSync(aside, file);
  rmSync(aside);
  return isDead ? run : undefined;
}

async function killLeftover({ pid }: RunningProcess): Promise<void> {
  const startedMs = Date.now();
  const elapsedMs = () => Date.now() - startedMs;
  while (isGroupAlive(pid) && elapsedMs() < 2 * killWaitMs) {
    sendSignal(-pid, elapsedMs() > killWaitMs ? 'SIGKILL' : 'SIGTERM');
    sendSignal(-pid, 'SIGCONT');
    await delay(formerPollMs);
  }
}

/** Waits for a stack that is stopping; throws when it is not, or takes too long. */
async function waitForFormer(file: string, { log, signal, waitMs = formerStopWaitMs }: ClaimOptions): Promise<void> {
  const deadline = Date.now() + waitMs;
  let isTold = false;
  for (let run = readRunFile(file); run && isRunning(run); run = readRunFile(file)) {
    if (!run.isStopping || Date.now() > deadline) {
      throw new Error(
        `Holdfast runs already from this folder: ${run.gatewayUrl} (process ${run.supervisorPid}).\n` +
          'Stop it with Ctrl-C in its terminal, or set HOLDFAST_DATA_DIR to start a second one.',
      );
    }
    if (!isTold) log(`waiting for the former Holdfast (process ${run.supervisorPid}) to stop`);
    isTold = true;
    await delay(formerPollMs, undefined, signal ? { signal } : {});
  }
}

/**
 * Makes this folder ours: waits for a stack that is stopping, throws when another one runs on it, and ends the
 * processes that a dead one left behind. Returns their names.
 */
export async function claimFolder(file: string, options: ClaimOptions): Promise<string[]> {
  mkdirSync(dirname(file), { recursive: true });
  let left: RunState['processes'] = {};
  for (let attempt = 1; ; attempt += 1) {
    await waitForFormer(file, options);
    left = { ...left, ...takeAway(file)?.processes };
    if (createRunFile(file, left)) break;
    if (attempt === claimAttemptsMax) throw new Error(`${file} cannot be replaced`);
  }
  const ours = Object.entries(left).filter(([, { pid, marker }]) => commandLine(pid).includes(marker));
  await Promise.all(ours.map(([, process]) => killLeftover(process)));
  return ours.map(([name]) => name);
}
