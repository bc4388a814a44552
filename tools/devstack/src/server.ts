// The handle of a server (MongoDB or Redis) that was started here: stop it, kill it, start it again on the same port
// and data. What was acknowledged before a kill is there after `restart`.
import type { Child, ProcessSpec } from './child.ts';
import { portAttemptsMax } from './limits.ts';
import { freePort } from './ports.ts';
import { launch, PortTaken } from './ready.ts';

export interface ServerHandle {
  readonly uri: string;
  readonly port: number;
  /** Changes with every restart. */
  readonly pid: number;
  /** SIGTERM, bounded wait, SIGKILL. The data stays. */
  stop(): Promise<void>;
  /** Sends a signal (default SIGKILL); waits for the end unless the signal pauses or continues. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts again on the same port and data, stopping first what still runs; resolves when it is ready. */
  restart(): Promise<void>;
}

/** A process that clients reach at an address. */
export interface ServerSpec extends ProcessSpec {
  readonly uri: string;
}

const PAUSING = new Set<NodeJS.Signals>(['SIGSTOP', 'SIGCONT', 'SIGTSTP']);

/** Starts a server and returns its handle once it is ready. */
export async function startServer(spec: ServerSpec): Promise<ServerHandle> {
  let child: Child = await launch(spec);
  return {
    uri: spec.uri,
    port: spec.port,
    get pid() {
      return child.pid;
    },
    stop: () => child.stop(),
    async kill(signal = 'SIGKILL') {
      child.signal(signal);
      if (!PAUSING.has(signal)) await child.stop();
    },
    async restart() {
      await child.stop();
      child = await launch(spec);
    },
  };
}

/** Starts on the given port (throws `PortTaken`), or on free ones until nobody else was faster. */
export async function startOnPort(
  port: number | undefined,
  specFor: (port: number) => ServerSpec,
): Promise<ServerHandle> {
  if (port !== undefined) return startServer(specFor(port));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startServer(specFor(await freePort()));
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === portAttemptsMax) throw error;
    }
  }
}
