// Puts the bounds of connections on the server of the app.
import { BlockList, isIPv6 } from 'node:net';
import type { HealthCheck } from '@holdfast/shared/http';
import type { Metrics } from '@holdfast/shared/telemetry';
import type { FastifyInstance } from 'fastify';
import {
  acceptedAtOnceMax,
  answerTakenMs,
  bytesPerSecondMin,
  descriptorsWantedMin,
  stallCheckMs,
  waitingBytesMax,
} from '../limits.ts';
import { type Connections, createConnections, type Peer } from './connections.ts';
import type { DescriptorPlan } from './descriptor-plan.ts';
import { createStallWatch } from './stalled-answers.ts';

export type WatchOptions = {
  plan: DescriptorPlan;
  perAddressMax: number;
  /** Addresses or CIDR ranges. */
  proxies: readonly string[];
  metrics: Metrics;
};

/** True for an address in one of these ranges. */
export function addressList(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Bounds the connections of this app, and the answers that wait in them, from when it listens. */
export function watchConnections(app: FastifyInstance, options: WatchOptions): Connections {
  const { plan, proxies, metrics } = options;
  const connections = createConnections({
    connectionsMax: plan.connectionsMax,
    perAddressMax: Math.min(options.perAddressMax, Math.ceil(plan.connectionsMax / 2)),
    isProxy: addressList(proxies),
    onCut: () => metrics.count('connections_cut_total', 'Connections that were refused or gave way to others.'),
  });
  app.server.on('connection', (socket) => connections.admit(socket));
  // Those that gave way are counted until they are closed.
  app.server.maxConnections = plan.connectionsMax + acceptedAtOnceMax;
  metrics.gauge('connections_open', 'Connections of clients.', connections.count);
  const findStalled = createStallWatch<Peer>({ answerTakenMs, bytesPerSecondMin, waitingBytesMax });
  const timer = setInterval(() => {
    for (const socket of findStalled(connections.open(), performance.now())) {
      metrics.count('answers_cut_total', 'Answers that their clients did not take in time.');
      socket.destroy();
    }
  }, stallCheckMs).unref();
  app.addHook('onClose', async () => clearInterval(timer));
  return connections;
}

/** Degraded where few clients are enough to take all descriptors. */
export function descriptorCheck({ limit, connectionsMax, socketsMax }: DescriptorPlan): HealthCheck {
  return {
    required: false,
    check: () => ({ ok: limit >= descriptorsWantedMin, limit, connectionsMax, socketsMax }),
  };
}
