// Sockets: WebSocket only, passed on to a realtime process. Nothing of the handshake's headers reaches it but what we set;
// who is calling, it learns from the token inside the Socket.IO handshake.
import { type IncomingHttpHeaders, type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { DomainError } from '@holdfast/shared/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { headersForService, isUpgrade, refuseTricks } from './request-hygiene.ts';
import { joinSockets, openUpstream } from './socket-tunnel.ts';
import type { UpstreamPool } from './upstream-pool.ts';

export type SocketOptions = { pool: UpstreamPool; origins: readonly string[] };

/** Where Socket.IO lives, here and in realtime. */
const socketPath = '/socket.io/';
const keyForm = /^[A-Za-z0-9+/]{22}==$/;

/** True for requests without an Origin (no browser), from our own host, or from a listed origin. */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  origins: readonly string[],
): boolean {
  if (origin === undefined || origins.includes(origin)) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host;
}

/** Extensions and subprotocols are not asked for: realtime uses none. */
function handshakeHeaders(request: FastifyRequest): IncomingHttpHeaders {
  const { authorization: _, ...headers } = headersForService(request, undefined);
  const { origin, upgrade, 'sec-websocket-key': key, 'sec-websocket-version': version } = request.headers;
  if (upgrade?.toLowerCase() !== 'websocket' || version !== '13' || typeof key !== 'string' || !keyForm.test(key)) {
    throw new DomainError('validation_failed', { detail: 'This is no WebSocket handshake.' });
  }
  const own = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': key, 'sec-websocket-version': '13' };
  return { ...headers, ...own, ...(typeof origin === 'string' ? { origin } : {}) };
}

type Waiting = { socket: Socket; head: Buffer; response: ServerResponse };

/** Sends requests that ask to leave HTTP through the ordinary routes and hooks, keeping their sockets; they can be refused like any. */
function routeUpgrades(app: FastifyInstance): WeakMap<IncomingMessage, Waiting> {
  const waiting = new WeakMap<IncomingMessage, Waiting>();
  app.server.on('upgrade', (request: IncomingMessage, _socket, head) => {
    const { socket } = request;
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    response.once('finish', () => socket.destroySoon());
    waiting.set(request, { socket, head, response });
    app.routing(request, response);
  });
  return waiting;
}

/** Adds /socket.io/. */
export function addSocketRoutes(app: FastifyInstance, { pool, origins }: SocketOptions): void {
  const waiting = routeUpgrades(app);
  const open = new Set<() => void>();
  let isStopping = false;
  app.addHook('preClose', async () => {
    isStopping = true;
    for (const end of open) end();
  });
  app.get(socketPath, { config: { isProxied: true } }, async (request, reply) => {
    refuseTricks(request);
    const client = waiting.get(request.raw);
    if (!isUpgrade(request) || !client) {
      throw new DomainError('not_found', { detail: 'Sockets use the WebSocket transport only.' });
    }
    if (!isAllowedOrigin(request.headers.origin, request.headers.host, origins)) throw new DomainError('forbidden');
    const path = `${socketPath}${/\?.*$/.exec(request.raw.url ?? '')?.[0] ?? ''}`;
    const opened = await openUpstream(pool.inTurn(), { path, headers: handshakeHeaders(request) }, client.socket);
    if (isStopping) {
      opened.socket.destroy();
      throw new DomainError('unavailable', { retryAfterSeconds: 1 });
    }
    reply.hijack();
    client.response.detachSocket(client.socket);
    const end = joinSockets(client.socket, client.head, opened, () => open.delete(end));
    open.add(end);
  });
}
