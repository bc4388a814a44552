/**
 * The platform as a value: started from the graph, each process as soon as what it needs is ready, kept running, stopped
 * in the opposite order. `npm start`, the end-to-end tests, chaos and load all use this.
 */
import { join } from 'node:path';
import { inheritedEnv } from './config.ts';
import { addressesFor, type Instance, placeInstances, specFor } from './instances.ts';
import { toolsDir } from './paths.ts';
import { clearLeftovers, type RunningProcess, removeRunFile, writeRunFile } from './run-file.ts';
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

/** Part of an instance's command line by which it is recognised as ours. */
function markerOf({ component, port }: Instance, dataDir: string): string {
  if (component.kind === 'mongod') return join(dataDir, 'mongodb');
  return component.kind === 'service' ? join('services', component.name, 'src', 'main.ts') : `:${port}`;
}

/** The environment of a service: inherited, then secrets and addresses, then what the caller wants. */
function createEnvFor(options: PlatformOptions, stack: readonly Component[], instances: Instance[], secrets: Secrets) {
  const gatewayUrl = instances.find((instance) => instance.name === 'gateway')?.url ?? '';
  return (instance: Instance): Record<string, string> => ({
    ...inheritedEnv(),
    NODE_ENV: 'development',
    // Compiled code is kept between starts: it takes a third off the start of every service.
    NODE_COMPILE_CACHE: join(toolsDir, 'compile-cache'),
    ...secrets,
    ...addressesFor(instance.component, stack, instances, options.external ?? {}),
    PUBLIC_URL: options.publicUrl ?? gatewayUrl,
    ...options.env,
    HOST: (instance.name === 'gateway' && options.gatewayHost) || '127.0.0.1',
    PORT: String(instance.port),
  });
}

/** Starts each instance as soon as all instances of what it needs are ready. */
async function startAll(
  instances: Instance[],
  start: (instance: Instance, needs: string[]) => Promise<void>,
): Promise<void> {
  const started = new Map<string, Promise<void>>();
  for (const instance of instances) {
    // The graph lists what is needed before who needs it, so these are all in the map already.
    const needs = instances
      .filter(({ component }) => instance.component.needs.includes(component.name))
      .map(({ name }) => name);
    const ready = Promise.all(needs.map((name) => started.get(name))).then(() => start(instance, needs));
    ready.catch(() => undefined);
    started.set(instance.name, ready);
  }
  await Promise.all(started.values());
}

function describe(instances: readonly Instance[], supervisor: Supervisor): Map<string, PlatformProcess> {
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

/** Starts the platform and resolves when the gateway is ready; when anything fails, all of it is stopped again. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { dataDir, log = () => undefined, stack = wholeStack, external = {} } = options;
  const runFile = join(dataDir, 'run.json');
  for (const name of await clearLeftovers(runFile)) log(`stopped ${name}, left behind by an earlier run`);
  const secrets = loadSecrets(join(dataDir, 'secrets.json'));
  const { replicas = 1, ports, gatewayPort } = options;
  const instances = await placeInstances(stack, { replicas, ports, gatewayPort, external });
  const gatewayUrl = instances.find(({ name }) => name === 'gateway')?.url ?? '';
  const envFor = createEnvFor(options, stack, instances, secrets);

  const supervisor = createSupervisor((happening) => {
    options.onHappening?.(happening);
    if (happening.kind === 'ready') save();
  });
  const save = () => {
    const processes: Record<string, RunningProcess> = {};
    for (const instance of instances) {
      const pid = supervisor.processes.get(instance.name)?.pid;
      if (pid)
        processes[instance.name] = { pid, port: instance.port, url: instance.url, marker: markerOf(instance, dataDir) };
    }
    writeRunFile(runFile, { supervisorPid: process.pid, gatewayUrl, processes });
  };
  const stop = async () => {
    await supervisor.stop();
    removeRunFile(runFile);
  };
  const onAbort = () => void stop();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const makeSpec = options.specFor ?? specFor;
    await startAll(instances, async (instance, needs) => {
      const spec = await unlessAborted(makeSpec(instance, { dataDir, log, envFor }), options.signal);
      await supervisor.start(spec, needs);
    });
    if (options.seed) await runSeed({ gatewayUrl, dataDir, secrets, log });
  } catch (error) {
    await stop();
    throw error;
  }
  options.signal?.removeEventListener('abort', onAbort);
  return { gatewayUrl, secrets, processes: describe(instances, supervisor), stop, killAll: () => supervisor.killAll() };
}
