// From a placed instance to a process: its command, its environment, and when it counts as ready.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findMongod } from './binaries/find-mongod.ts';
import { findRedis } from './binaries/find-redis.ts';
import type { Log } from './binaries/probe.ts';
import type { ProcessSpec } from './child.ts';
import { healthTimeoutMs, readyPollMs } from './limits.ts';
import { mongodSpec } from './mongod.ts';
import { rootDir } from './paths.ts';
import type { Instance } from './placement.ts';
import { redisSpec } from './redis.ts';

/** True when a service answers that it is ready, and that it is this instance. */
async function isReady({ url, token }: Instance): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(healthTimeoutMs) });
    const health = (await answer.json()) as { instance?: string };
    return answer.status === 200 && health.instance === token;
  } catch {
    // Not listening yet, or no service at all.
    return false;
  }
}

async function waitForHealth(instance: Instance, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await isReady(instance))) await delay(readyPollMs);
}

export interface SpecContext {
  readonly dataDir: string;
  readonly log: Log;
  /** Complete environment of a service. */
  readonly envFor: (instance: Instance) => Record<string, string>;
}

/** How to start one instance; finds or fetches the server's binary. */
export async function specFor(instance: Instance, { dataDir, log, envFor }: SpecContext): Promise<ProcessSpec> {
  const { name, component, port } = instance;
  const logFile = join(dataDir, 'logs', `${name}.log`);
  if (component.kind === 'mongod') {
    return { ...mongodSpec(await findMongod(log), port, { dataDir: join(dataDir, 'mongodb'), logFile }), name };
  }
  if (component.kind !== 'service') {
    const kind = component.kind === 'redis-streams' ? 'streams' : 'cache';
    return redisSpec(await findRedis(log), port, { kind, dataDir: join(dataDir, component.kind), logFile });
  }
  return {
    name,
    command: process.execPath,
    args: [...(component.nodeOptions ?? []), join(rootDir, 'services', component.name, 'src', 'main.ts')],
    env: envFor(instance),
    cwd: rootDir,
    logFile,
    port,
    ready: (signal) => waitForHealth(instance, signal),
  };
}
