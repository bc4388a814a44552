// The platform as a value: started from the graph, each process as soon as what it needs is ready, kept running,
// stopped in the opposite order. `npm start`, the end-to-end tests, chaos and load all use this.
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { environmentOf } from './environment.ts';
import { specFor } from './instances.ts';
import { portAttemptsMax } from './limits.ts';
import { type Instance, type Placement, placeInstances } from './placement.ts';
import { isFree } from './ports.ts';
import { PortTaken } from './ready.ts';
import { claimFolder, removeRunFile } from './run-file.ts';
import { openRunRecord } from './run-record.ts';
import { loadSecrets, type Secrets } from './secrets.ts';
import { runSeed } from './seed.ts';
import { type Component, stack as wholeStack } from './stack.ts';
import { createSupervisor, type Happening, type Supervised, type Supervisor } from './supervisor.ts';

export interface PlatformOptions {
  /** Instances of each replicated service. Default 1. */
  readonly replicas?: number;
  /** `free`: any free ports (tests); `default`: the graph's ports, busy ones stepped around. */
  readonly ports: 'free' | 'default';
  /** Data, logs, secrets and run.json. One platform at a time. */
  readonly dataDir: string;
  /** Added to every service's environment, last word included. */
  readonly env?: Readonly<Record<string, string>>;
  /** Loads the demo data when all is ready. Default false. */
  readonly seed?: boolean;
  /** Addresses by variable (`MONGODB_URI`, ...) of servers that somebody else runs. */
  readonly external?: Readonly<Record<string, string>>;
  readonly gatewayPort?: number | undefined;
  readonly gatewayHost?: string | undefined;
  readonly publicUrl?: string | undefined;
  /** One line of progress. */
  readonly log?: (line: string) => void;
  readonly onHappening?: (happening: Happening) => void;
  /** Stops the start when it aborts. */
  readonly signal?: AbortSignal;
  /** Another graph, for tests of this module. */
  readonly stack?: readonly Component[];
  /** The command of an instance, for tests of this module. */
  readonly specFor?: typeof specFor;
}

export interface PlatformProcess extends Supervised {
  readonly port: number;
  readonly url: string;
}

export interface Platform {
  readonly gatewayUrl: string;
  readonly secrets: Secrets;
  /** By instance name: `mongod`, `redis-streams`, `redis-cache`, `auth`, ..., `orders-2`. */
  readonly processes: ReadonlyMap<string, PlatformProcess>;
  /** Stops everything, the gateway first and MongoDB last; nothing is left afterwards. */
  stop(): Promise<void>;
  /** SIGKILL to everything, at once. */
  killAll(): void;
}

/** The instances that have to be ready before this one. */
function needsOf({ component }: Instance, instances: readonly Instance[]): string[] {
  return instances.filter((other) => component.needs.includes(other.component.name)).map(({ name }) => name);
}

function describe({ instances }: Placement, supervisor: Supervisor): Map<string, PlatformProcess> {
  const processes = new Map<string, PlatformProcess>();
  for (const { name, port, url } of instances) {
    const supervised = supervisor.processes.get(name)!;
    processes.set(name, {
      name,
      port,
      url,
      get pid() {
        return supervised.pid;
      },
      get restarts() {
        return supervised.restarts;
      },
      kill: supervised.kill,
      untilReady: supervised.untilReady,
    });
  }
  return processes;
}

/** The work's result, unless the signal aborts before: then an error at once (a download may take minutes). */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const aborted = new Promise<never>((_, reject) => {
    const give = () => reject(new Error('the start was interrupted'));
    if (signal.aborted) give();
    signal.addEventListener('abort', give, { once: true });
  });
  return Promise.race([work, aborted]);
}

interface Start {
  readonly options: PlatformOptions;
  readonly placement: Placement;
  readonly supervisor: Supervisor;
  readonly envFor: (instance: Instance) => Record<string, string>;
}

/** Starts every process; those that lose their port to somebody else's move before what needs them is started. */
async function startAll({ options, placement, supervisor, envFor }: Start): Promise<void> {
  const { dataDir, log = () => undefined, signal, specFor: makeSpec = specFor } = options;
  const givenEnv = new Map<string, Record<string, string>>();

  async function move(name: string): Promise<void> {
    const from = placement.get(name).port;
    const { port: to } = await placement.move(name);
    options.onHappening?.({ kind: 'moved', name, from, to });
  }

  async function startOne(name: string, needs: string[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const instance = placement.get(name);
      givenEnv.set(name, envFor(instance));
      const spec = await unlessAborted(makeSpec(instance, { dataDir, log, envFor }), signal);
      try {
        return await supervisor.start(spec, needs);
      } catch (error) {
        if (!(error instanceof PortTaken) || attempt === portAttemptsMax) throw error;
        await move(name);
      }
    }
  }

  const { instances } = placement;
  const started = new Map<string, Promise<void>>();
  for (const instance of instances) {
    // The graph lists what is needed before who needs it, so these are all in the map already.
    const needs = needsOf(instance, instances);
    const ready = Promise.all(needs.map((name) => started.get(name))).then(async () => {
      // Spares a start that is bound to fail: what it needs may have taken long.
      if (!(await isFree(instance.port))) await move(instance.name);
      await startOne(instance.name, needs);
    });
    ready.catch(() => undefined);
    started.set(instance.name, ready);
  }
  await Promise.all(started.values());
  // Who knows a process without waiting for it may have been given an address that it has left since.
  const isOutdated = (instance: Instance) => !isDeepStrictEqual(givenEnv.get(instance.name), envFor(instance));
  for (const instance of placement.instances.filter(isOutdated)) {
    options.onHappening?.({ kind: 'outdated', name: instance.name });
    await startOne(instance.name, needsOf(instance, placement.instances));
  }
}

/** Starts the platform and resolves when the gateway is ready; when anything fails, all of it is stopped again. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { dataDir, log = () => undefined, signal } = options;
  const runFile = join(dataDir, 'run.json');
  for (const name of await claimFolder(runFile, { log, signal })) log(`stopped ${name}, left behind by an earlier run`);
  try {
    return await startClaimed(options, runFile);
  } catch (error) {
    removeRunFile(runFile);
    throw error;
  }
}

async function startClaimed(options: PlatformOptions, file: string): Promise<Platform> {
  const { dataDir, log = () => undefined, signal, external = {}, replicas = 1, ports, gatewayPort } = options;
  const secrets = loadSecrets(join(dataDir, 'secrets.json'));
  const placement = await placeInstances(options.stack ?? wholeStack, { replicas, ports, gatewayPort, external });
  const supervisor = createSupervisor((happening) => {
    options.onHappening?.(happening);
    if (happening.kind === 'ready') record.save();
  });
  const record = openRunRecord({ file, dataDir, placement, supervisor, log });
  const stop = async () => {
    record.stopping();
    await supervisor.stop();
    record.remove();
  };
  const onAbort = () => void stop();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const envFor = (instance: Instance) => environmentOf(instance, { ...options, placement, secrets });
    await startAll({ options, placement, supervisor, envFor });
    if (options.seed) await runSeed({ gatewayUrl: placement.gatewayUrl, dataDir, secrets, log });
  } catch (error) {
    await stop();
    throw error;
  }
  signal?.removeEventListener('abort', onAbort);
  const { gatewayUrl } = placement;
  return { gatewayUrl, secrets, processes: describe(placement, supervisor), stop, killAll: () => supervisor.killAll() };
}
