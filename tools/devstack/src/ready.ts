// From a started process to a ready one, and why it did not become ready.
// Invariant: only the process that was started here is ever taken for ready; what else answers on its port is not.
import { type Child, describeExit, type Exit, type ProcessSpec, spawnChild } from './child.ts';
import { readyWaitMs } from './limits.ts';
import { isListening } from './ports.ts';

/** The process ended because another one listens on its port: it can be started on another. */
export class PortTaken extends Error {
  readonly port: number;

  constructor(name: string, port: number) {
    super(`${name}: port ${port} is used by another process`);
    this.name = 'PortTaken';
    this.port = port;
  }
}

/**
 * Why a process that ended while starting did so. Whoever took the port may be gone again by now: then its log tells.
 */
async function failureOf(child: Child, { name, port }: ProcessSpec, exit: Exit): Promise<Error> {
  const log = child.logTail();
  if (/EADDRINUSE|address already in use/i.test(log) || (await isListening(port))) return new PortTaken(name, port);
  return new Error(`${name} ended while starting (${describeExit(exit)})\n${log}`);
}

/**
 * Waits until a started process is ready; throws `PortTaken`,
 * or an error with the tail of its log when it ends or takes too long.
 */
export async function untilReady(child: Child, spec: ProcessSpec): Promise<void> {
  const abort = new AbortController();
  const timeoutMs = spec.readyTimeoutMs ?? readyWaitMs;
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    await Promise.race([
      spec.ready(abort.signal, child.pid),
      child.exited.then(async (exit) => {
        throw await failureOf(child, spec, exit);
      }),
    ]);
    if (abort.signal.aborted) {
      throw new Error(`${spec.name} was not ready within ${timeoutMs / 1000} s\n${child.logTail()}`);
    }
  } finally {
    abort.abort();
    clearTimeout(timer);
  }
}

/** Starts a process and waits until it is ready; when that fails, nothing of it is left. */
export async function launch(spec: ProcessSpec): Promise<Child> {
  const child = await spawnChild(spec);
  try {
    await untilReady(child, spec);
    return child;
  } catch (error) {
    await child.stop();
    throw error;
  }
}
