// A process of its own for what must not share one with the measuring: the load generator, every baseline. Parent and
// worker speak in questions and answers over the IPC channel. Invariant: a worker ends with its parent.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { workerStartMs } from './limits.ts';

type Question = { id: number; command: string; input: unknown };
type Answer = { id: number; result?: unknown; error?: string } | { ready: true } | { note: string };

export type Worker = {
  pid: number;
  /** Has the worker run one of its commands. Rejects with its error, or when it ends. */
  ask<Result>(command: string, input?: unknown): Promise<Result>;
  /** Called for every note that the worker sends in between; one listener at a time. */
  onNote(listen: ((note: string) => void) | undefined): void;
  stop(): Promise<void>;
};

/** Starts `bench/<script>` with this Node; resolves when it serves its commands. */
export async function startWorker(script: string, env: Record<string, string> = {}): Promise<Worker> {
  const child = fork(join(import.meta.dirname, script), {
    serialization: 'advanced',
    env: { ...process.env, NODE_ENV: 'production', ...env },
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const ready = Promise.withResolvers<void>();
  let note: ((text: string) => void) | undefined;
  let count = 0;
  child.on('message', (message: Answer) => {
    if ('ready' in message) return ready.resolve();
    if ('note' in message) return note?.(message.note);
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error !== undefined) asked?.reject(new Error(`${script}: ${message.error}`));
    else asked?.resolve(message.result);
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      const gone = new Error(`${script} ended (${signal ?? code})`);
      ready.reject(gone);
      for (const asked of waiting.values()) asked.reject(gone);
      resolve();
    });
  });
  await startedInTime(child, ready.promise, script);
  return {
    pid: child.pid!,
    ask<Result>(command: string, input?: unknown): Promise<Result> {
      if (!child.connected) return Promise.reject(new Error(`${script} has ended`));
      const asked = Promise.withResolvers<unknown>();
      const id = ++count;
      waiting.set(id, asked);
      child.send({ id, command, input } satisfies Question);
      return asked.promise as Promise<Result>;
    },
    onNote(listen) {
      note = listen;
    },
    async stop() {
      // One that has ended by itself has said so to whoever asked it.
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

async function startedInTime(child: ChildProcess, ready: Promise<void>, script: string): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), workerStartMs);
  try {
    await ready;
  } catch (error) {
    throw new Error(`${script} did not start`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** The worker's side: serves these commands until the parent goes, then runs `close` and ends. */
export function serveParent(
  commands: Readonly<Record<string, (input: never) => Promise<unknown>>>,
  close: () => Promise<unknown> = async () => undefined,
): void {
  const send = (answer: Answer) => process.send?.(answer);
  process.on('message', ({ id, command, input }: Question) => {
    const run = commands[command];
    if (!run) return send({ id, error: `unknown command ${command}` });
    return run(input as never).then(
      (result) => send({ id, result }),
      (error: unknown) => send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  // A Ctrl-C reaches the whole group; the parent decides when this ends.
  process.on('SIGINT', () => undefined);
  process.once('disconnect', () => void close().finally(() => process.exit(0)));
  send({ ready: true });
}

/** Tells the parent something while a command runs. */
export function noteToParent(note: string): void {
  process.send?.({ note } satisfies Answer);
}
