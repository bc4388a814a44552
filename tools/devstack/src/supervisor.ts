// Keeps processes running: a crash is reported with the tail of the log and followed by a restart after a bounded
// backoff. Starting and stopping follow the same graph in opposite directions. Invariant: after `stop` nothing that was
// started here runs, and nothing is started any more.
import { setTimeout as delay } from 'node:timers/promises';
import { type Child, describeExit, type ProcessSpec, spawnChild } from './child.ts';
import { restartBackoffMaxMs, restartBackoffMinMs, restartStableMs } from './limits.ts';
import { untilReady } from './ready.ts';

export type Happening =
  | { readonly kind: 'starting'; readonly name: string }
  | { readonly kind: 'outdated'; readonly name: string }
  | { readonly kind: 'moved'; readonly name: string; readonly from: number; readonly to: number }
  | { readonly kind: 'ready'; readonly name: string; readonly pid: number; readonly tookMs: number }
  | {
      readonly kind: 'crashed';
      readonly name: string;
      readonly how: string;
      readonly logTail: string;
      readonly waitMs: number;
    }
  | { readonly kind: 'stopped'; readonly name: string };

/** One supervised process. */
export interface Supervised {
  readonly name: string;
  /** Of the running process, or of the last one. */
  readonly pid: number;
  readonly restarts: number;
  /** Sends a signal (default SIGKILL). */
  kill(signal?: NodeJS.Signals): void;
  /** Resolves when it runs and is ready; after a deadly `kill` that is the next process. */
  untilReady(): Promise<void>;
}

export interface Supervisor {
  readonly processes: ReadonlyMap<string, Supervised>;
  /**
   * Starts one process and resolves when it is ready; a failing first start throws instead of being repeated. A process
   * of the same name that runs already is stopped and started anew as this spec says.
   */
  start(spec: ProcessSpec, needs: readonly string[]): Promise<void>;
  /** Stops every process once all that need it are gone. Can be called at any time, more than once. */
  stop(): Promise<void>;
  /** SIGKILL to all, for somebody who does not want to wait. */
  killAll(): void;
}

interface Entry extends Supervised {
  readonly needs: readonly string[];
  child: Child | undefined;
  restarts: number;
  ready: PromiseWithResolvers<void>;
  isReady: boolean;
  /** Replaced by a newer start of the same name. */
  isRetired: boolean;
  bringing?: Promise<Child>;
  stopped?: Promise<void>;
}

const SURVIVABLE = new Set<NodeJS.Signals>(['SIGSTOP', 'SIGCONT', 'SIGTSTP', 'SIGUSR1', 'SIGUSR2', 'SIGHUP']);

function createEntry(spec: ProcessSpec, needs: readonly string[]): Entry {
  const entry: Entry = {
    name: spec.name,
    needs,
    child: undefined,
    restarts: 0,
    ready: Promise.withResolvers<void>(),
    isReady: false,
    isRetired: false,
    get pid() {
      return entry.child?.pid ?? 0;
    },
    kill(signal = 'SIGKILL') {
      if (!SURVIVABLE.has(signal)) markDown(entry);
      entry.child?.signal(signal);
    },
    untilReady: () => entry.ready.promise,
  };
  return entry;
}

function markDown(entry: Entry): void {
  if (entry.isReady) entry.ready = Promise.withResolvers<void>();
  entry.isReady = false;
}

/** Makes a supervisor that tells what happens to `report`. */
export function createSupervisor(report: (happening: Happening) => void): Supervisor {
  const entries = new Map<string, Entry>();
  const stopping = new AbortController();
  const isOver = (entry: Entry) => stopping.signal.aborted || entry.isRetired;

  async function bringUp(entry: Entry, spec: ProcessSpec): Promise<Child> {
    const startedMs = Date.now();
    report({ kind: 'starting', name: entry.name });
    const child = await spawnChild(spec);
    entry.child = child;
    try {
      if (isOver(entry)) throw new Error(`${entry.name}: stopped while starting`);
      await untilReady(child, spec);
    } catch (error) {
      await child.stop();
      throw error;
    }
    entry.isReady = true;
    entry.ready.resolve();
    report({ kind: 'ready', name: entry.name, pid: child.pid, tookMs: Date.now() - startedMs });
    return child;
  }

  /** Remembers the attempt, so that a stop in its middle can wait for it. */
  function attempt(entry: Entry, spec: ProcessSpec): Promise<Child> {
    const bringing = bringUp(entry, spec);
    entry.bringing = bringing;
    return bringing;
  }

  /** Waits for the end of the process and tells how it ended. */
  async function endOf(child: Child): Promise<{ how: string; logTail: string }> {
    const how = describeExit(await child.exited);
    await child.stop();
    return { how, logTail: child.logTail() };
  }

  /** Runs until its end is wished for: brings the process up again whenever it ends, ever more slowly. */
  async function keepRunning(entry: Entry, spec: ProcessSpec, first: Child): Promise<void> {
    let waitMs = restartBackoffMinMs;
    let readySinceMs = Date.now();
    let end = await endOf(first);
    while (!isOver(entry)) {
      markDown(entry);
      if (Date.now() - readySinceMs > restartStableMs) waitMs = restartBackoffMinMs;
      report({ kind: 'crashed', name: entry.name, ...end, waitMs });
      await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (isOver(entry)) return;
      waitMs = Math.min(waitMs * 2, restartBackoffMaxMs);
      entry.restarts += 1;
      try {
        const child = await attempt(entry, spec);
        readySinceMs = Date.now();
        end = await endOf(child);
      } catch (error) {
        readySinceMs = Date.now();
        const [how = '', ...lines] = String((error as Error).message).split('\n');
        end = { how, logTail: lines.join('\n') };
      }
    }
  }

  async function endEntry(entry: Entry): Promise<void> {
    await entry.child?.stop();
    await entry.bringing?.catch(() => undefined);
  }

  async function stopEntry(entry: Entry): Promise<void> {
    const dependents = [...entries.values()].filter((other) => other.needs.includes(entry.name));
    await Promise.all(dependents.map(stopOnce));
    await endEntry(entry);
    report({ kind: 'stopped', name: entry.name });
  }

  function stopOnce(entry: Entry): Promise<void> {
    entry.stopped ??= stopEntry(entry);
    return entry.stopped;
  }

  return {
    processes: entries,
    async start(spec, needs) {
      if (stopping.signal.aborted) throw new Error(`${spec.name}: the stack is stopping`);
      const former = entries.get(spec.name);
      if (former) {
        former.isRetired = true;
        await endEntry(former);
        if (stopping.signal.aborted) throw new Error(`${spec.name}: the stack is stopping`);
      }
      const entry = createEntry(spec, needs);
      entries.set(spec.name, entry);
      const child = await attempt(entry, spec);
      void keepRunning(entry, spec, child);
    },
    async stop() {
      stopping.abort();
      await Promise.all([...entries.values()].map(stopOnce));
    },
    killAll() {
      stopping.abort();
      for (const entry of entries.values()) entry.child?.signal('SIGKILL');
    },
  };
}
