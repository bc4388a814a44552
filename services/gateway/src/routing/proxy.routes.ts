// Passes admitted requests on to their service and its answers back.
import { Readable } from 'node:stream';
import proxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy';
import type { ServiceName } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { classOfRequest } from '../shedding/request-class.ts';
import { costOf, type Lanes, laneOf, shareOf } from '../slots/lanes.ts';
import { headersForService } from './request-hygiene.ts';
import { routesOf } from './routes.ts';
import type { UpstreamAnswer, UpstreamPool, UpstreamRequest } from './upstream-pool.ts';
import type { WaitingRoom } from './waiting.ts';

export type ServiceRoutes = { service: ServiceName; pool: UpstreamPool; lanes: Lanes; waitingRoom: WaitingRoom };
type Passing = Omit<ServiceRoutes, 'service'>;

/** Headers of a service's answer that concern only our connection to it. */
const ownHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'server']);

const hasGone = ({ raw }: FastifyReply) => raw.destroyed && !raw.writableFinished;

/** Makes a signal, once, that aborts when the client closes its connection before it has its answer. */
function goneSignal(reply: FastifyReply): () => AbortSignal {
  let gone: AbortController | undefined;
  const look = () => {
    if (hasGone(reply)) gone?.abort();
  };
  return () => {
    if (!gone) {
      gone = new AbortController();
      reply.raw.once('close', look);
      look();
    }
    return gone.signal;
  };
}

/**
 * Sends the request in its tenant's turn. Who waits for a decision and goes away frees the slot; other work goes on in
 * the service, and keeps it, or hanging up would be a way to have more than a share.
 */
async function sendInTurn(
  request: FastifyRequest,
  sent: UpstreamRequest,
  { pool, lanes, waitingRoom, gone }: Passing & { gone: () => AbortSignal },
): Promise<UpstreamAnswer> {
  // What is shed last waits for nobody: its own budget bounds it.
  if (classOfRequest(request) === 'vital') return pool.send(sent);
  const lane = laneOf(request, sent.headers);
  const giveBack = await lanes[lane].take({ tenant: shareOf(request), cost: costOf(request), gone });
  const leave = waitingRoom(request, sent.headers);
  try {
    return await pool.send(sent, lane === 'waiting' ? gone() : undefined);
  } finally {
    leave();
    giveBack();
  }
}

/** The bytes of a body, or what yields those of an upload as they arrive. */
function bodyOf({ method, body }: FastifyRequest): UpstreamRequest['body'] {
  if (method === 'GET' || method === 'HEAD' || body === undefined || body === null) return null;
  return Buffer.isBuffer(body) ? body : Readable.from(body as AsyncIterable<Uint8Array>);
}

/** Sends the request to the service, once http-proxy has found its path harmless, and passes the answer on. */
async function passOn(
  request: FastifyRequest,
  reply: FastifyReply,
  { path, ...passing }: Passing & { path: string },
): Promise<FastifyReply> {
  const { method, raw } = request;
  const body = bodyOf(request);
  const query = raw.url?.indexOf('?') ?? -1;
  const target = query < 0 ? path : path + raw.url!.slice(query);
  const headers = headersForService(request, Buffer.isBuffer(body) ? body.byteLength : undefined);
  const sent = { method: method as UpstreamRequest['method'], path: target, headers, body };
  try {
    const answer = await sendInTurn(request, sent, { ...passing, gone: goneSignal(reply) });
    // What is left of an upload is swallowed: a connection that closes while its client sends is reset, and the answer
    // lost.
    if (!raw.complete) raw.resume();
    reply.code(answer.status);
    for (const name in answer.headers) {
      const value = answer.headers[name];
      if (value !== undefined && !ownHeaders.has(name)) reply.header(name, value);
    }
    const isEmpty = !(answer.body instanceof Readable) && answer.body.byteLength === 0;
    return reply.send(isEmpty ? undefined : answer.body);
  } catch (error) {
    if (error instanceof DomainError) return reply.send(error);
    if (!hasGone(reply)) request.log.warn({ err: error, route: request.routeOptions.url }, 'service did not answer');
    return reply.send(new DomainError('unavailable', { retryAfterSeconds: 1 }));
  }
}

/** Registers the routes of one service. */
export function addServiceRoutes(app: FastifyInstance, { service, ...passing }: ServiceRoutes): void {
  const { paths, methods } = routesOf(service);
  if (paths.length === 0) return;
  app.register(proxy, {
    upstream: `http://${service}.invalid`,
    prefix: '/',
    routes: paths,
    httpMethods: methods as HTTPMethods[],
    proxyPayloads: false,
    config: { isProxied: true },
    disableRequestLogging: true,
    handler: (request: FastifyRequest, reply: FastifyReply, path: string) =>
      passOn(request, reply, { ...passing, path }),
  } as unknown as FastifyHttpProxyOptions);
}
