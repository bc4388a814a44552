// Which instances of the graph there are, and where. Every instance has a port before anything starts; one that loses
// its port to another process moves, and whoever starts after it is given the new address.
import { randomUUID } from 'node:crypto';
import { freePort, portFrom } from './ports.ts';
import type { Component } from './stack.ts';

export interface Instance {
  /** `orders`, `orders-2`, ... */
  readonly name: string;
  readonly component: Component;
  readonly port: number;
  readonly url: string;
  /**
   * What a service answers to be told from any other process on its port. Random, and known to nobody else: no secret.
   */
  readonly token: string;
}

export interface PlacementOptions {
  readonly replicas: number;
  readonly ports: 'free' | 'default';
  readonly gatewayPort?: number | undefined;
  /** Addresses by variable of what somebody else runs. */
  readonly external: Readonly<Record<string, string>>;
}

export interface Placement {
  /** In the graph's order. */
  readonly instances: readonly Instance[];
  readonly gatewayUrl: string;
  get(name: string): Instance;
  /** Gives an instance that lost its port another one. */
  move(name: string): Promise<Instance>;
  /** The addresses that a component is given: of what it needs and of what it knows, by variable. */
  addressesFor(component: Component): Record<string, string>;
}

const REPLICA_PORT_STEP = 10;

function urlOf(component: Component, port: number): string {
  if (component.kind === 'mongod') return `mongodb://127.0.0.1:${port}/?replicaSet=holdfast`;
  return `${component.kind === 'service' ? 'http' : 'redis'}://127.0.0.1:${port}`;
}

/** Names of all instances with the ports that they wish for. */
function wishesOf(stack: readonly Component[], { replicas, gatewayPort, external }: PlacementOptions) {
  return stack
    .filter(({ address }) => !external[address])
    .flatMap((component) => {
      const wished = (component.name === 'gateway' && gatewayPort) || component.port;
      return Array.from({ length: component.replicated ? replicas : 1 }, (_, index) => ({
        name: index === 0 ? component.name : `${component.name}-${index + 1}`,
        component,
        port: wished + index * REPLICA_PORT_STEP,
      }));
    });
}

/** Gives every instance of the graph a port of its own. */
export async function placeInstances(stack: readonly Component[], options: PlacementOptions): Promise<Placement> {
  // The port that was asked for is nobody else's, whoever is placed first.
  const taken = new Set(options.gatewayPort === undefined ? [] : [options.gatewayPort]);
  const instances = new Map<string, Instance>();

  async function place(name: string, component: Component, wished: number): Promise<Instance> {
    const port = await (options.ports === 'free' ? freePort() : portFrom(wished, taken));
    taken.add(port);
    const instance = { name, component, port, url: urlOf(component, port), token: randomUUID() };
    instances.set(name, instance);
    return instance;
  }

  for (const { name, component, port } of wishesOf(stack, options)) {
    if (name === 'gateway') taken.delete(port);
    await place(name, component, port);
  }
  const get = (name: string) => instances.get(name)!;
  return {
    get instances() {
      return [...instances.values()];
    },
    get gatewayUrl() {
      return instances.get('gateway')?.url ?? '';
    },
    get,
    move: (name) => place(name, get(name).component, get(name).port + 1),
    addressesFor(component) {
      const addresses: Record<string, string> = {};
      for (const other of stack) {
        if (!component.needs.includes(other.name) && !component.knows.includes(other.name)) continue;
        const urls = [...instances.values()].filter((instance) => instance.component === other).map(({ url }) => url);
        addresses[other.address] = options.external[other.address] ?? urls.join(',');
      }
      return addresses;
    },
  };
}
