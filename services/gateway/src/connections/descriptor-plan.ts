// How the gateway divides its file descriptors. Invariant: everything that it may open at once fits into the limit, so
// that accepting a connection, opening one to a service and opening a file never fail for want of one.
import { connectionCountMax, descriptorsReservedMax, socketCountMax, upstreamConnectionCountMax } from '../limits.ts';

export type DescriptorPlan = {
  limit: number;
  /** Clients' connections, those of sockets included. */
  connectionsMax: number;
  /** Sockets: each has a connection to realtime besides the client's. */
  socketsMax: number;
  /** Kept-alive connections to all addresses of orders together; its requests may wait for a decision. */
  ordersConnectionsMax: number;
  /** To all addresses of any other service together. */
  serviceConnectionsMax: number;
};

/** The plan for a process that may have this many descriptors open. */
export function planDescriptors(limit: number): DescriptorPlan {
  const upstream = Math.min(upstreamConnectionCountMax, Math.floor(limit / 4));
  const reserved = Math.min(descriptorsReservedMax, Math.floor(limit / 8));
  // Two thirds for clients, and half as many again for the other ends of their sockets.
  const share = Math.floor((limit - upstream - reserved) / 3);
  return {
    limit,
    connectionsMax: Math.min(connectionCountMax, 2 * share),
    socketsMax: Math.min(socketCountMax, share),
    ordersConnectionsMax: Math.floor(upstream / 2),
    serviceConnectionsMax: Math.floor(upstream / 8),
  };
}
