// Bodies are held in memory while they arrive. Invariant: what they may take is bounded, for callers without a token by
// the size of a body and a budget for callbacks, for tenants, networks and users by a budget for large ones; a slow
// sender among few connections is bounded by them.
import { DomainError } from '@holdfast/shared/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  callbackBytesMax,
  callbackNetworkShareMax,
  largeBodyBytesMin,
  publicBodyBytesMax,
  receivedBytesMax,
  receivedNetworkShareMax,
  receivedTenantShareMax,
  receivedUserShareMax,
} from '../limits.ts';
import { networkOf } from '../rate-limits/subjects.ts';
import { addressOf } from '../routing/request-hygiene.ts';
import { findRoute, publicBytesMax } from '../routing/routes.ts';
import { createShares } from './shares.ts';

/** Bytes that a body will have; the limit of a route when the client does not say. */
function bytesOf({ headers, routeOptions }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return routeOptions.bodyLimit;
  return Math.min(Number(headers['content-length'] ?? 0), routeOptions.bodyLimit);
}

/** Bounds the bodies of this scope's routes; call the result once a caller or a callback is admitted. */
export function limitBodies(scope: FastifyInstance): (request: FastifyRequest, reply: FastifyReply) => void {
  const sharesOf = (part: number) => createShares({ max: receivedBytesMax, tenantMax: receivedBytesMax * part });
  const [ofTenants, ofNetworks, ofUsers] = [
    sharesOf(receivedTenantShareMax),
    sharesOf(receivedNetworkShareMax),
    sharesOf(receivedUserShareMax),
  ];
  const ofCallbacks = createShares({
    max: callbackBytesMax,
    tenantMax: callbackBytesMax * callbackNetworkShareMax,
  });
  function takenBy(request: FastifyRequest, bytes: number): ((() => void) | undefined)[] {
    const network = networkOf(addressOf(request));
    if (findRoute(request)?.signed) return [ofCallbacks.take(network, bytes)];
    // Other bodies without a token are small.
    if (!request.auth) return [];
    const { tenantId, userId } = request.auth;
    return [
      ofTenants.take(tenantId, bytes),
      ofNetworks.take(network, bytes),
      ofUsers.take(`${tenantId}/${userId}`, bytes),
    ];
  }
  scope.addHook('onRoute', (route) => {
    route.bodyLimit = publicBytesMax(route.url, publicBodyBytesMax) ?? route.bodyLimit;
  });
  return (request, reply) => {
    const bytes = bytesOf(request);
    if (bytes < largeBodyBytesMin) return;
    const taken = takenBy(request, bytes);
    const give = () => {
      for (const back of taken) back?.();
    };
    if (taken.includes(undefined)) {
      give();
      throw new DomainError('busy');
    }
    reply.raw.once('close', give);
  };
}
