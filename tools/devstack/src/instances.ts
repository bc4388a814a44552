/**
 * From the graph to processes: which instances there are, on which ports, with which environment. Addresses are fixed
 * before anything starts, so every process knows the others from its first moment.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findMongod } from './binaries/find-mongod.ts';
import { findRedis } from './binaries/find-redis.ts';
import type { Log } from './binaries/probe.ts';
import type { ProcessSpec } from './child.ts';
import { healthTimeoutMs, readyPollMs } from './limits.ts';
import { mongodSpec } from './mongod.ts';
import { rootDir } from './paths.ts';
import { freePort, portFrom } from './ports.ts';
import { redisSpec } from './redis.ts';
import type { Component } from './stack.ts';

export interface Instance {
  /** `orders`, `orders-2`, ... */
  readonly name: string;
  readonly component: Component;
  readonly port: number;
  readonly url: string;
}

export interface PlacementOptions {
  readonly replicas: number;
  readonly ports: 'free' | 'default';
  readonly gatewayPort?: number | undefined;
  /** Addresses by variable of what somebody else runs. */
  readonly external: Readonly<Record<string, string>>;
}

const REPLICA_PORT_STEP = 10;

function urlOf(component: Component, port: number): string {
  if (component.kind === 'mongod') return `mongodb://127.0.0.1:${port}/?replicaSet=holdfast`;
  return `${component.kind === 'service' ? 'http' : 'redis'}://127.0.0.1:${port}`;
}

/** Every instance of the graph with a port of its own, in the graph's order. */
export async function placeInstances(stack: readonly Component[], options: PlacementOptions): Promise<Instance[]> {
  const taken = new Set<number>();
  const instances: Instance[] = [];
  for (const component of stack) {
    if (options.external[component.address]) continue;
    const count = component.replicated ? options.replicas : 1;
    for (let replica = 1; replica <= count; replica += 1) {
      const wished = (component.name === 'gateway' && options.gatewayPort) || component.port;
      const atDefault = () => portFrom(wished + (replica - 1) * REPLICA_PORT_STEP, taken);
      const port = await (options.ports === 'free' ? freePort() : atDefault());
      taken.add(port);
      const name = replica === 1 ? component.name : `${component.name}-${replica}`;
      instances.push({ name, component, port, url: urlOf(component, port) });
    }
  }
  return instances;
}

/** The addresses that a component is given: of what it needs and of what it knows, by variable. */
export function addressesFor(
  component: Component,
  stack: readonly Component[],
  instances: readonly Instance[],
  external: Readonly<Record<string, string>>,
): Record<string, string> {
  const addresses: Record<string, string> = {};
  for (const other of stack) {
    if (!component.needs.includes(other.name) && !component.knows.includes(other.name)) continue;
    const urls = instances.filter((instance) => instance.component === other).map((instance) => instance.url);
    addresses[other.address] = external[other.address] ?? urls.join(',');
  }
  return addresses;
}

/** Polls GET /health/ready until it answers 200 or the signal aborts. */
async function waitForHealth(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(healthTimeoutMs) });
      await answer.arrayBuffer();
      if (answer.status === 200) return;
    } catch {
      // not listening yet
    }
    await delay(readyPollMs);
  }
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
    args: [join(rootDir, 'services', component.name, 'src', 'main.ts')],
    env: envFor(instance),
    cwd: rootDir,
    logFile,
    ready: (signal) => waitForHealth(instance.url, signal),
  };
}
