// The HTTP server under every app. Invariants: one request at a time on a connection, and a time limit on everything
// that a client sends; a request that Node would answer by itself (no Host, an odd Expect) reaches the app,
// so that its answer is a problem too.
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import {
  connectionsCheckMs,
  connectionTimeoutMs,
  headerBytesMax,
  keepAliveTimeoutMs,
  requestTimeoutMs,
  uploadTimeoutMs,
} from './limits.ts';
import { exchangeOf, oneAtATime } from './one-at-a-time.ts';
import { watchBodies } from './slow-bodies.ts';

export type ServerTimes = { requestTimeoutMs: number; checkMs: number };

/** A server that does not listen yet; the times are arguments for tests only. */
export function createHttpServer(
  handler: RequestListener,
  times: ServerTimes = { requestTimeoutMs, checkMs: connectionsCheckMs },
): Server {
  const inTurn = oneAtATime(handler);
  const listener: RequestListener = (request, response) => {
    watch(request);
    inTurn(request, response);
  };
  // An upgrade takes the connection over; while an answer is still due on it, it is a request like any other.
  const shouldUpgradeCallback = ({ socket }: IncomingMessage): boolean =>
    server.listenerCount('upgrade') > 0 && exchangeOf(socket) === undefined;
  const server: Server = createServer(
    {
      maxHeaderSize: headerBytesMax,
      insecureHTTPParser: false,
      requireHostHeader: false,
      // What Node allows is for uploads; other bodies have less time (slow-bodies.ts).
      requestTimeout: uploadTimeoutMs,
      headersTimeout: times.requestTimeoutMs,
      connectionsCheckingInterval: times.checkMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      shouldUpgradeCallback,
    },
    listener,
  );
  const watch = watchBodies(server, times);
  server.on('checkExpectation', listener);
  server.setTimeout(connectionTimeoutMs);
  return server;
}
