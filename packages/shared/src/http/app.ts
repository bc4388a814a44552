// Builds the Fastify app of a process: what every HTTP answer of the platform has in common is decided here, once.
// Invariant: every error is a problem of the catalogue; every answer has the security headers,
// a request id and a trace.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { DomainError } from '../errors/index.ts';
import { isTraceparent, type Logger, type Metrics, newTraceparent } from '../telemetry/index.ts';
import { type Asset, createAsset, sendAsset } from './asset.ts';
import type { Verifier } from './auth.ts';
import { acceptJsonOnly, acceptRawJsonOnly } from './body.ts';
import { createCursors } from './cursor.ts';
import './fastify-types.ts';
import { addHealthRoutes, type HealthOptions } from './health.ts';
import { createHttpServer } from './http-server.ts';
import { isToken } from './internal.ts';
import { bodyBytesMax, handlerTimeoutMs, paramLengthMax } from './limits.ts';
import { createMethodTable } from './methods.ts';
import { buildOpenApi } from './openapi.ts';
import { onClientError, pathOf, sendProblem } from './problem.ts';
import { requestLog } from './request-log.ts';
import { zodValidator } from './validation.ts';

export type HttpAppOptions = {
  service: string;
  log: Logger;
  metrics: Metrics;
  /** Verifies tokens of operations that are not public; may be left out where all are. */
  verifier?: Verifier;
  /**
   * Seals cursors; all replicas of a service need the same. Left out only where there are no lists: then it is random.
   */
  cursorSecret?: string;
  /** True: JSON bodies reach handlers as the bytes that came, for passing on. */
  rawBodies?: boolean;
  /** A handler that has not answered by then: 503. Default 30 s. */
  handlerTimeoutMs?: number;
  health: HealthOptions;
  /** On a public listener: /metrics is there only for who shows this token; for anybody else the path is unknown. */
  metricsToken?: string;
  /** CIDR list of proxies whose X-Forwarded-For is believed; nobody's by default. */
  trustProxy?: string[];
};

const securityHeaders = Object.freeze({
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
});
const requestIdForm = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && requestIdForm.test(given) ? given : `req_${randomUUID()}`;
}

/** The bare Fastify instance with every limit set; also what the gateway starts from. */
function createInstance({ log, trustProxy }: HttpAppOptions): FastifyInstance {
  return fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'correlationId' }),
    childLoggerFactory: requestLog,
    genReqId: requestId,
    requestIdHeader: false,
    bodyLimit: bodyBytesMax,
    serverFactory: (handler) => createHttpServer(handler),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: paramLengthMax },
    trustProxy: trustProxy && trustProxy.length > 0 ? trustProxy : false,
    clientErrorHandler: onClientError,
    frameworkErrors: (error, request, reply) => {
      setCommonHeaders(request, reply);
      sendProblem(error, request, reply);
    },
  }) as unknown as FastifyInstance;
}

function setCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  const given = request.headers.traceparent;
  request.traceparent = isTraceparent(given) ? given : newTraceparent();
  reply.headers(securityHeaders);
  reply.header('x-request-id', request.id);
  reply.header('traceparent', request.traceparent);
}

const close = { connection: 'close' };
const malformed = (detail: string) => new DomainError('validation_failed', { detail, headers: close });

/** What is wrong with the request line and the headers that belong to it; Node leaves all of this to us. */
function flawOf({ url, httpVersion, headers }: IncomingMessage): DomainError | undefined {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return malformed('Only HTTP/1.1 and HTTP/1.0 are spoken here.');
  // Absolute-form targets name a host that nobody here checks.
  if (url?.[0] !== '/') return malformed('The request target must be a path.');
  if (httpVersion === '1.0') return undefined;
  if (headers.host === undefined) return malformed('The header Host is required.');
  const { expect } = headers;
  if (expect === undefined || /^100-continue$/i.test(expect)) return undefined;
  return new DomainError('expectation_failed', { headers: close });
}

/** Adds the request id, trace, security headers and the duration metric to every request. */
function addRequestHooks(app: FastifyInstance, metrics: Metrics): void {
  app.decorateRequest('auth', undefined);
  app.decorateRequest('traceparent', '');
  app.decorateRequest('uploadType', undefined);
  app.addHook('onRequest', (request, reply, done) => {
    setCommonHeaders(request, reply);
    if (app.lifecycle.isDraining) reply.header('connection', 'close');
    done(flawOf(request.raw));
  });
  const observe = metrics.seconds('http_request_duration_seconds', 'Time to answer, by route.', [
    'method',
    'route',
    'status',
  ]);
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1_000);
    done();
  });
}

/** 404 for an unknown path, 405 with Allow for a known one; errors of every kind become problems. */
function addErrorAnswers(app: FastifyInstance): void {
  const table = app.holdfast.methods;
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.isProxied || url.includes('*')) return;
    for (const name of [method].flat()) table.add(name, url, true);
  });
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  const refusalOf = ({ url }: FastifyRequest) => {
    const methods = table.find(pathOf(url));
    if (!methods) return new DomainError('not_found');
    return new DomainError('method_not_allowed', { headers: { allow: [...methods.keys()].sort().join(', ') } });
  };
  let shadowed = table.shadowed();
  app.addHook('onReady', (done) => {
    shadowed = table.shadowed();
    done();
  });
  app.addHook('onRequest', (request, _reply, done) => {
    const isShadowed = shadowed.get(request.method)?.has(pathOf(request.url)) ?? false;
    done(isShadowed ? refusalOf(request) : undefined);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(refusalOf(request), request, reply));
  // Refused before its body is looked at, which may be missing or of a type that only another method takes.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (request.is404) done(refusalOf(request));
    else done(null, payload);
  });
}

/** The app of a service: add operations with `registerOperation`, then listen or inject. */
export function createHttpApp(options: HttpAppOptions): FastifyInstance {
  const { service, metrics } = options;
  const app = createInstance(options);
  app.decorate('lifecycle', { isDraining: false, instance: undefined });
  app.decorate('holdfast', {
    service,
    verifier: options.verifier,
    cursors: createCursors(options.cursorSecret ?? randomUUID()),
    operations: [],
    handlerTimeoutMs: options.handlerTimeoutMs ?? handlerTimeoutMs,
    methods: createMethodTable<true>(),
  });
  app.setValidatorCompiler(zodValidator);
  app.setSerializerCompiler(serializerCompiler);
  if (options.rawBodies) acceptRawJsonOnly(app);
  else acceptJsonOnly(app);
  addRequestHooks(app, metrics);
  addErrorAnswers(app);
  addHealthRoutes(app, service, options.health);
  app.get('/metrics', async (request, reply) => {
    const { metricsToken } = options;
    if (metricsToken !== undefined && !isToken(request.headers.authorization, metricsToken))
      throw new DomainError('not_found');
    return reply.type(metrics.contentType).send(await metrics.text());
  });
  let document: Asset | undefined;
  app.get('/openapi.json', (request, reply) => {
    document ??= createAsset(JSON.stringify(buildOpenApi(app.holdfast.operations)), 'application/json');
    return sendAsset(document, request, reply);
  });
  return app;
}
