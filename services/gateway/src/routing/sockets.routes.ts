// Sockets: WebSocket only, passed on to a realtime process. Nothing of the handshake's headers reaches it but what we
// set; who is calling, it learns from the token inside the Socket.IO handshake.
import { type IncomingHttpHeaders, type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { DomainError } from '@holdfast/shared/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Connections } from '../connections/connections.ts';
import type { RateLimiter } from '../rate-limits/rate-limiter.ts';
import { networkOf } from '../rate-limits/subjects.ts';
import { addressOf, headersForService, isUpgrade, refuseTricks } from './request-hygiene.ts';
import type { Places } from './socket-places.ts';
import { type Handshake, joinSockets, openUpstream, type Tunnel } from './socket-tunnel.ts';
import type { UpstreamPool } from './upstream-pool.ts';

export type SocketOptions = {
  pool: UpstreamPool;
  origins: readonly string[];
  limiter: Pick<RateLimiter, 'takeHandshake'>;
  places: Places;
  connections: Pick<Connections, 'recognise'>;
};

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
  // What a proxy takes for a body, we would take for frames.
  if ('content-length' in request.headers || 'transfer-encoding' in request.headers) {
    throw new DomainError('validation_failed', { detail: 'A handshake has no body.' });
  }
  const { authorization: _, ...headers } = headersForService(request, undefined);
  const { origin, upgrade, 'sec-websocket-key': key, 'sec-websocket-version': version } = request.headers;
  if (upgrade?.toLowerCase() !== 'websocket' || version !== '13' || typeof key !== 'string' || !keyForm.test(key)) {
    throw new DomainError('validation_failed', { detail: 'This is no WebSocket handshake.' });
  }
  const own = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': key, 'sec-websocket-version': '13' };
  return { ...headers, ...own, ...(typeof origin === 'string' ? { origin } : {}) };
}

/** Engine.IO refuses another version or transport only after the switch of protocols. */
function handshakeQuery({ raw }: FastifyRequest): URLSearchParams {
  const query = new URLSearchParams(/\?.*$/.exec(raw.url ?? '')?.[0]);
  const isOurs = query.getAll('EIO').join() === '4' && query.getAll('transport').join() === 'websocket';
  if (!isOurs || query.has('sid')) {
    throw new DomainError('validation_failed', { detail: 'The query of a socket is EIO=4&transport=websocket.' });
  }
  return query;
}

type Waiting = { socket: Socket; head: Buffer; response: ServerResponse };

/**
 * Sends requests that ask to leave HTTP through the ordinary routes and hooks, keeping their sockets;
 * they can be refused like any.
 */
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
export function addSocketRoutes(app: FastifyInstance, options: SocketOptions): void {
  const { pool, origins, limiter, places, connections } = options;
  const waiting = routeUpgrades(app);
  const open = new Set<Tunnel>();
  let isStopping = false;
  app.addHook('preClose', async () => {
    isStopping = true;
    for (const tunnel of open) tunnel.end();
  });

  /** The client is in its place until its connection closes, accepted or not. */
  async function connectTo({ socket, head, response }: Waiting, handshake: Handshake, address: string) {
    let upstream: Socket | undefined;
    if (socket.destroyed) throw new DomainError('unavailable');
    const place = places.take(address, () => {
      socket.destroy();
      upstream?.destroy();
    });
    socket.once('close', place.leave);
    const opened = await openUpstream(pool.inTurn(), handshake, socket);
    upstream = opened.socket;
    if (isStopping) {
      upstream.destroy();
      throw new DomainError('unavailable', { retryAfterSeconds: 1 });
    }
    response.detachSocket(socket);
    const tunnel = joinSockets(socket, head, opened, {
      onAccepted() {
        place.recognise();
        connections.recognise(socket);
      },
      onEnd: () => open.delete(tunnel),
    });
    open.add(tunnel);
  }

  app.get(socketPath, { config: { isProxied: true } }, async (request, reply) => {
    refuseTricks(request);
    const client = waiting.get(request.raw);
    if (!isUpgrade(request) || !client) {
      throw new DomainError('not_found', { detail: 'Sockets use the WebSocket transport only.' });
    }
    if (!isAllowedOrigin(request.headers.origin, request.headers.host, origins)) throw new DomainError('forbidden');
    const handshake = { path: `${socketPath}?${handshakeQuery(request)}`, headers: handshakeHeaders(request) };
    await limiter.takeHandshake(addressOf(request), reply);
    await connectTo(client, handshake, networkOf(addressOf(request)));
    reply.hijack();
  });
}
