// Sockets: WebSocket only, passed on to a realtime process. Nothing of the handshake's headers reaches it but what we set;
// who is calling, it learns from the token inside the Socket.IO handshake.
import proxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy';
import { DomainError } from '@holdfast/shared/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  socketBacklogBytesMax,
  socketCloseTimeoutMs,
  socketConnectTimeoutMs,
  socketMessageBytesMax,
} from '../limits.ts';
import { headersForService, isUpgrade, refuseTricks } from './request-hygiene.ts';
import type { UpstreamPool } from './upstream-pool.ts';

export type SocketOptions = { pool: UpstreamPool; origins: readonly string[] };

/** True for requests without an Origin (no browser), from our own host, or from a listed origin. */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  origins: readonly string[],
): boolean {
  if (origin === undefined || origins.includes(origin)) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host;
}

function headersOf(_headers: unknown, request: FastifyRequest): Record<string, unknown> {
  const { authorization: _, ...headers } = headersForService(request, undefined);
  const { origin } = request.headers;
  return typeof origin === 'string' ? { ...headers, origin } : headers;
}

/** Closes the socket of a client that does not keep up: its backlog would be held in our memory. */
function dropSlow(_context: unknown, source: { bufferedAmount: number; terminate(): void }): void {
  if (source.bufferedAmount > socketBacklogBytesMax) source.terminate();
}

/** Adds /socket.io. */
export function addSocketRoutes(app: FastifyInstance, { pool, origins }: SocketOptions): void {
  app.register(async (scope) => {
    scope.addHook('onRequest', async (request) => {
      refuseTricks(request);
      if (!isUpgrade(request))
        throw new DomainError('not_found', { detail: 'Sockets use the WebSocket transport only.' });
      if (!isAllowedOrigin(request.headers.origin, request.headers.host, origins)) throw new DomainError('forbidden');
    });
    scope.register(proxy, {
      upstream: '',
      prefix: '/socket.io',
      rewritePrefix: '/socket.io',
      httpMethods: ['GET'],
      websocket: true,
      proxyPayloads: false,
      config: { isProxied: true },
      disableRequestLogging: true,
      replyOptions: { getUpstream: () => pool.next() },
      wsServerOptions: {
        maxPayload: socketMessageBytesMax,
        perMessageDeflate: false,
        closeTimeout: socketCloseTimeoutMs,
      },
      wsClientOptions: {
        rewriteRequestHeaders: headersOf,
        maxPayload: socketMessageBytesMax,
        perMessageDeflate: false,
        handshakeTimeout: socketConnectTimeoutMs,
      },
      wsHooks: { onOutgoingMessage: dropSlow },
      handler: (_request: FastifyRequest, reply: FastifyReply) => reply.send(new DomainError('not_found')),
    } as unknown as FastifyHttpProxyOptions);
  });
}
