// Requests that orders holds until there is a decision. Invariant: they never use up the connections to orders, so that
// a request that can be answered at once is; past the bound a request is passed on as one that does not wait (RFC 7240
// leaves the server that choice).
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { createShares } from '../access/shares.ts';
import { waitingShareMax, waitingTenantShareMax } from '../limits.ts';

/**
 * Called with the headers for the service before a request is passed on; returns what to call when its answer is there.
 */
export type WaitingRoom = (request: FastifyRequest, headers: IncomingHttpHeaders) => () => void;

const nothing = () => undefined;

/** How a request of orders says that it does not wait; undefined for those that never do. */
function atOnce({ method, routeOptions }: FastifyRequest, { prefer }: IncomingHttpHeaders): string | null | undefined {
  if (method === 'POST' && routeOptions.url === '/v1/orders') return 'respond-async';
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && routeOptions.url === '/v1/orders/:id' && prefer !== undefined ? null : undefined;
}

/** True for a request that orders may hold. */
export function mayWait(request: FastifyRequest, headers: IncomingHttpHeaders): boolean {
  return atOnce(request, headers) !== undefined;
}

const roomOf = (connectionsMax: number) => Math.max(1, Math.floor(connectionsMax * waitingShareMax));

/** How many requests of one tenant may wait over this number of connections. */
export function waitingTenantMaxOf(connectionsMax: number): number {
  return Math.max(1, Math.floor(roomOf(connectionsMax) * waitingTenantShareMax));
}

/** Room for as many as this number of connections allows. */
export function createWaitingRoom(connectionsMax: number): WaitingRoom {
  const shares = createShares({ max: roomOf(connectionsMax), tenantMax: waitingTenantMaxOf(connectionsMax) });
  return (request, headers) => {
    const preference = atOnce(request, headers);
    if (preference === undefined || !request.auth) return nothing;
    const leave = shares.take(request.auth.tenantId);
    if (leave) return leave;
    if (preference === null) delete headers.prefer;
    else headers.prefer = preference;
    return nothing;
  };
}
