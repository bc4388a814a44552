// Passes admitted requests on to their service and its answers back.
import { Readable } from 'node:stream';
import proxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy';
import type { ServiceName } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { headersForService } from './request-hygiene.ts';
import { routesOf } from './routes.ts';
import type { UpstreamPool, UpstreamRequest } from './upstream-pool.ts';
import type { WaitingRoom } from './waiting.ts';

export type ServiceRoutes = { service: ServiceName; pool: UpstreamPool; waitingRoom: WaitingRoom };

/** Headers of a service's answer that concern only our connection to it. */
const ownHeaders = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'server'];

/** Sends the request to the service, once http-proxy has found its path harmless, and passes the answer on. */
async function passOn(
  request: FastifyRequest,
  reply: FastifyReply,
  { path, pool, waitingRoom }: Pick<ServiceRoutes, 'pool' | 'waitingRoom'> & { path: string },
): Promise<FastifyReply> {
  const { method, raw } = request;
  const isRead = method === 'GET' || method === 'HEAD';
  const body = !isRead && Buffer.isBuffer(request.body) ? request.body : null;
  const query = raw.url?.indexOf('?') ?? -1;
  const target = query < 0 ? path : path + raw.url!.slice(query);
  const headers = headersForService(request, body?.byteLength);
  const leave = waitingRoom(request, headers);
  try {
    const answer = await pool.send({ method: method as UpstreamRequest['method'], path: target, headers, body });
    for (const name of ownHeaders) delete answer.headers[name];
    // What is left of a body that nobody reads would be taken for the next request.
    if (!raw.complete) answer.headers.connection = 'close';
    reply.code(answer.status).headers(answer.headers);
    const isEmpty = !(answer.body instanceof Readable) && answer.body.byteLength === 0;
    return reply.send(isEmpty ? undefined : answer.body);
  } catch (error) {
    if (error instanceof DomainError) return reply.send(error);
    request.log.warn({ err: error, route: request.routeOptions.url }, 'service did not answer');
    return reply.send(new DomainError('unavailable', { retryAfterSeconds: 1 }));
  } finally {
    leave();
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
