// One started process in a process group of its own, so that a Ctrl-C in the terminal reaches only the stack and the
// stack decides the order of the stop. Invariant: when `stop` resolves, no process of the group is left.
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { killWaitMs, stopWaitMs } from './limits.ts';
import { openLog } from './log-file.ts';
import { isGroupAlive, sendSignal } from './process-table.ts';
import { unwatchGroup, watchGroup } from './watchdog.ts';

/** What to start and how to know that it is up. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly logFile: string;
  /** Where it is going to listen. */
  readonly port: number;
  /**
   * Resolves when this very process (`pid`) does its job, polls until the signal aborts. Another process that answers
   * on the same port never counts.
   */
  readonly ready: (signal: AbortSignal, pid: number) => Promise<void>;
  readonly readyTimeoutMs?: number;
  readonly stopGraceMs?: number;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly running: boolean;
  /** Lines that this process wrote last. */
  logTail(): string;
  /** Sends a signal to the process; false when it is gone. */
  signal(signal: NodeJS.Signals): boolean;
  /** SIGTERM, bounded wait, SIGKILL of the whole group. */
  stop(): Promise<void>;
}

/** Kills what is left of a process group and waits until nothing is. */
async function sweepGroup(pid: number): Promise<void> {
  const deadline = Date.now() + killWaitMs;
  while (isGroupAlive(pid) && Date.now() < deadline) {
    sendSignal(-pid, 'SIGKILL');
    await delay(10);
  }
}

/** Starts a process without waiting for it to be ready; throws when the command cannot be run at all. */
export async function spawnChild(spec: ProcessSpec): Promise<Child> {
  const log = openLog(spec.logFile);
  const child = spawn(spec.command, [...spec.args], {
    cwd: spec.cwd,
    env: spec.env ?? process.env,
    detached: true,
    stdio: ['ignore', log.output, log.output],
  });
  log.close();
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(new Error(`${spec.name} cannot be started (${spec.command})`, { cause })));
  });
  const pid = child.pid!;
  watchGroup(pid);
  let running = true;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      running = false;
      resolve({ code, signal });
    });
  });
  // A crashed leader must not leave workers behind that hold its port.
  const gone = exited.then(() => sweepGroup(pid)).then(() => unwatchGroup(pid));
  return {
    name: spec.name,
    pid,
    exited,
    get running() {
      return running;
    },
    logTail: log.tail,
    signal: (signal) => running && sendSignal(pid, signal),
    async stop() {
      if (running) {
        sendSignal(pid, 'SIGTERM');
        // A paused process would sleep through the request.
        sendSignal(pid, 'SIGCONT');
        const cancel = new AbortController();
        const grace = delay(spec.stopGraceMs ?? stopWaitMs, undefined, { signal: cancel.signal }).catch(
          () => undefined,
        );
        await Promise.race([exited, grace]);
        cancel.abort();
        if (running) await sweepGroup(pid);
      }
      await gone;
    },
  };
}

/** "exit code 1" or "signal SIGKILL". */
export function describeExit(exit: Exit): string {
  return exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`;
}
