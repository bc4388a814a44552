// Passes admitted requests on to their service and its answers back.
import proxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy';
import type { ServiceName } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { Dispatcher } from 'undici';
import { bufferedAnswerBytesMax } from '../limits.ts';
import { headersForService } from './request-hygiene.ts';
import { routesOf } from './routes.ts';
import type { UpstreamPool } from './upstream-pool.ts';

/** Headers of a service's answer that concern only our connection to it. */
const ownHeaders = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'server'];

function headersForClient(headers: Record<string, unknown>): Record<string, unknown> {
  for (const name of ownHeaders) delete headers[name];
  return headers;
}

const away = () => new DomainError('unavailable', { retryAfterSeconds: 1 });

/** Small answers are read first and sent as one piece; anything else streams. */
function passOn(reply: FastifyReply, { headers, body }: Pick<Dispatcher.ResponseData, 'headers' | 'body'>): void {
  const length = headers['content-length'];
  if (length === undefined || Number(length) > bufferedAnswerBytesMax) {
    reply.send(body);
    return;
  }
  body.arrayBuffer().then(
    (bytes) => reply.send(bytes.byteLength > 0 ? Buffer.from(bytes) : undefined),
    () => reply.send(away()),
  );
}

type ReplyOptions = NonNullable<FastifyHttpProxyOptions['replyOptions']>;

const replyOptions = {
  rewriteRequestHeaders: (request: FastifyRequest, headers: Record<string, unknown>) =>
    headersForService(request, Buffer.isBuffer(request.body) ? (headers['content-length'] as number) : undefined),
  rewriteHeaders: headersForClient,
  onResponse: (request: FastifyRequest, reply: FastifyReply, answer: { stream: Dispatcher.ResponseData['body'] }) => {
    const length = reply.getHeader('content-length');
    if (request.method === 'HEAD') {
      answer.stream.resume();
      reply.send();
      return;
    }
    passOn(reply, { headers: { 'content-length': length as string | undefined }, body: answer.stream });
  },
  onError: (reply: FastifyReply, { error }: { error: Error }) => {
    if (error.cause instanceof DomainError) {
      reply.send(error.cause);
      return;
    }
    reply.request.log.warn({ err: error, route: reply.request.routeOptions.url }, 'service did not answer');
    reply.send(away());
  },
};

function handler(request: FastifyRequest, reply: FastifyReply, destination: string, options: ReplyOptions): unknown {
  if (request.method === 'GET' || request.method === 'HEAD') return reply.from(destination, options);
  const { body } = request;
  const passed = Buffer.isBuffer(body)
    ? { body, contentType: request.headers['content-type'] ?? 'application/json' }
    : { body: null };
  return reply.from(destination, { ...options, ...passed } as ReplyOptions);
}

/** Registers the routes of one service. */
export function addServiceRoutes(app: FastifyInstance, service: ServiceName, pool: UpstreamPool): void {
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
    undici: pool,
    replyOptions,
    handler,
  } as unknown as FastifyHttpProxyOptions);
}
