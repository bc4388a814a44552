// Turns an operation of the contracts into a route: token, permission, validation, idempotency key, preference, answer.
// Invariant: a handler of an operation that needs a token runs in its caller's tenant and only with a permission of the
// table.
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import {
  type AnswerOf,
  answersJson,
  type BodyOf,
  isChange,
  type Operation,
  type ParamsOf,
  type QueryOf,
} from '../contracts/index.ts';
import { DomainError } from '../errors/index.ts';
import { asTenant } from '../persistence/context.ts';
import { type Correlation, withCorrelation } from '../telemetry/index.ts';
import { contentHash, type RequestKey, systemClock, withTimeout } from '../values/index.ts';
import { acceptsJson } from './accept.ts';
import { type Auth, bearerToken, unauthenticated } from './auth.ts';
import { addVary } from './encoding.ts';
import { uploadTimeoutMs } from './limits.ts';
import {
  assertEntityTags,
  assertIfMatch,
  assertNoVersion,
  etagOf,
  namesVersion,
  type Preference,
  preferenceApplied,
  readIdempotencyKey,
  readPrefer,
} from './request-headers.ts';
import { allowUpload } from './slow-bodies.ts';
import './fastify-types.ts';

export type OperationInput<O extends Operation> = {
  params: ParamsOf<O>;
  query: QueryOf<O>;
  body: BodyOf<O>;
  /** The caller. Reading it in a public operation is a bug and throws. */
  readonly auth: Auth;
  /** The bytes of a signed body. Reading it in any other operation is a bug and throws. */
  readonly signedBody: Buffer;
  /** The client's key, and the hash of the parsed params and body that it belongs to. */
  idempotencyKey: RequestKey | undefined;
  /** Throws `stale_version` when If-Match names another version than the stored one. */
  expectVersion(stored: number): void;
  /** What `Prefer` asks: milliseconds to wait (at most 20,000), or not to wait. */
  preferWaitMs: Preference | undefined;
  correlation: Correlation;
  log: FastifyRequest['log'];
  request: FastifyRequest;
};

export type OperationResult<Body> = {
  status: number;
  body?: Body;
  headers?: Record<string, string>;
  /** The version of a single resource: becomes the ETag, and 304 when If-None-Match names it. */
  etag?: number | string;
  /** What is shown with it has changed since that version, perhaps: it is sent whatever If-None-Match names. */
  isAlwaysSent?: true;
  /** True when the answer is that of an earlier request with the same key. */
  replayed?: boolean;
  /** True when `preferWaitMs` was honoured. */
  preferenceApplied?: boolean;
  /** Instead of `body`: the answer as the contract has it, as text or its bytes. */
  json?: string | Buffer;
  /** Of a page that others follow: becomes the Link header. */
  nextCursor?: string | undefined;
  /** Instead of `body`: what a download consists of; its type is a header. */
  stream?: Readable;
};

export type OperationHandler<O extends Operation> = (input: OperationInput<O>) => Promise<OperationResult<AnswerOf<O>>>;

/** An answer whose body is encoded. */
export type EncodedResult = Omit<OperationResult<never>, 'body'> & { json: string | Buffer };

/** Answers that were made before, of an operation that `isCached`. */
export type KeptAnswers<O extends Operation> = {
  /** What can be answered at once, outside the caller's tenant. */
  peek(input: OperationInput<O>): OperationResult<AnswerOf<O>> | undefined;
  /** The answer, made with `make` if need be. */
  read(input: OperationInput<O>, make: () => Promise<EncodedResult>): Promise<OperationResult<AnswerOf<O>>>;
};

/** True when the caller may use the operation at all; what it may see of it, the handler decides. */
export function mayUse(access: Operation['access'], permissions: ReadonlySet<string>): boolean {
  return typeof access === 'string' || access.some((permission) => permissions.has(permission));
}

type OnRequest = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

function authorizer(app: FastifyInstance, { access, operationId }: Operation): OnRequest {
  const { verifier } = app.holdfast;
  if (!verifier) throw new Error(`${operationId} needs a token, and the app has no verifier`);
  const admit = (request: FastifyRequest, auth: Auth) => {
    if (!mayUse(access, auth.permissions)) throw new DomainError('forbidden');
    request.auth = auth;
  };
  return (request, _reply, done) => {
    const token = bearerToken(request.headers.authorization);
    if (token === undefined) return done(unauthenticated());
    const known = verifier.peek(token);
    if (known) {
      try {
        admit(request, known);
        return done();
      } catch (error) {
        return done(error as Error);
      }
    }
    verifier
      .verify(token)
      .then((auth) => admit(request, auth))
      .then(() => done(), done);
  };
}

/** Before anything is done: what cannot be answered must not take effect. Problems are sent to everybody. */
const refuseOtherAnswers: OnRequest = (request, _reply, done) =>
  done(acceptsJson(request.headers.accept) ? undefined : new DomainError('not_acceptable'));

/** What of an operation is decided before its body is read. */
function gatesOf(app: FastifyInstance, operation: Operation): OnRequest[] {
  const gates = operation.access === 'public' ? [] : [authorizer(app, operation)];
  return answersJson(operation) ? [...gates, refuseOtherAnswers] : gates;
}

function readKey(
  { idempotencyKey, upload }: Operation,
  request: FastifyRequest,
): OperationInput<Operation>['idempotencyKey'] {
  if (idempotencyKey === 'none') return undefined;
  const header = request.headers['idempotency-key'];
  if (header === undefined) {
    if (idempotencyKey === 'required') throw new DomainError('idempotency_key_required');
    return undefined;
  }
  // What is streamed has not arrived yet: its handler adds the hash of the content.
  const { params, query } = request;
  const requestHash = contentHash(upload ? { params, query } : { params, body: request.body });
  return { key: readIdempotencyKey(String(header)), requestHash };
}

function inputOf<O extends Operation>(operation: O, request: FastifyRequest): OperationInput<O> {
  const { auth } = request;
  return {
    params: request.params as ParamsOf<O>,
    query: request.query as QueryOf<O>,
    body: (operation.signed ? undefined : request.body) as BodyOf<O>,
    get auth() {
      if (!auth) throw new Error(`${operation.operationId} is public: it has no caller`);
      return auth;
    },
    get signedBody() {
      if (!operation.signed) throw new Error(`${operation.operationId} has no signed body`);
      return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    },
    idempotencyKey: readKey(operation, request),
    expectVersion: (stored) => assertIfMatch(request.headers['if-match'], stored),
    preferWaitMs: readPrefer(request.headers.prefer),
    correlation: { correlationId: request.id, traceparent: request.traceparent },
    log: request.log,
    request,
  };
}

function answer(result: OperationResult<unknown>, input: OperationInput<Operation>, reply: FastifyReply): FastifyReply {
  const { request, preferWaitMs } = input;
  if (result.headers) reply.headers(result.headers);
  if (result.nextCursor !== undefined) reply.header('link', linkToNext(request.url, result.nextCursor));
  if (result.replayed) reply.header('idempotency-replayed', 'true');
  if (result.preferenceApplied && preferWaitMs !== undefined) {
    reply.header('preference-applied', preferenceApplied(preferWaitMs));
  }
  if (result.etag !== undefined) {
    reply.header('etag', etagOf(result.etag));
    const known = request.headers['if-none-match'];
    if (request.method === 'GET' || request.method === 'HEAD') {
      reply.header('cache-control', 'private, no-cache');
      // What is shown depends on who asks, and the version does not tell.
      addVary(reply, 'authorization');
      if (known !== undefined && !result.isAlwaysSent && namesVersion(known, result.etag))
        return reply.code(304).send();
    }
  }
  reply.code(result.status);
  if (result.json !== undefined) return reply.type('application/json; charset=utf-8').send(result.json);
  if (result.stream !== undefined) return reply.send(result.stream);
  return reply.send(result.body);
}

/** The Link header (RFC 8288) to the next page: this URL with another cursor. */
function linkToNext(target: string, cursor: string): string {
  const url = new URL(target, 'http://localhost');
  url.searchParams.set('cursor', cursor);
  return `<${url.pathname}${url.search}>; rel="next"`;
}

/** A result whose body is text, as the contract has it: an answer transforms nothing (a test of the contracts). */
function encoded<O extends Operation>({ answer }: O, result: OperationResult<AnswerOf<O>>): EncodedResult {
  const { body, json = JSON.stringify(answer.parse(body)), ...head } = result;
  return { ...head, json };
}

function schemaOf(operation: Operation) {
  const { method, upload, signed } = operation;
  const bodyless = method === 'GET' || upload !== undefined || signed !== undefined;
  return {
    params: operation.params,
    querystring: operation.query,
    ...(bodyless ? {} : { body: operation.body }),
    response: Object.fromEntries(
      operation.statuses.filter((status) => status !== 204).map((status) => [status, operation.answer]),
    ),
  };
}

/** True where If-Match has a meaning. */
function readsVersions(operation: Operation): boolean {
  return isChange(operation) || operation.errors.includes('stale_version');
}

/** True for a change of what has no version: no If-Match can name it. Others ask for `expectVersion`. */
function ignoresVersions(operation: Operation): boolean {
  return isChange(operation) && !operation.errors.includes('stale_version');
}

/** What a handler that goes on did may still take effect. */
function tookTooLong(): never {
  throw new DomainError('unavailable');
}

/**
 * Adds the route of an operation. The handler gets what the contract promises, parsed,
 * and returns what it promises; the rest is cut off. An operation that `isCached` brings its kept answers.
 */
export function registerOperation<O extends Operation>(
  app: FastifyInstance,
  operation: O,
  handler: OperationHandler<O>,
  kept?: KeptAnswers<O>,
): void {
  if ((kept !== undefined) !== (operation.isCached === true)) {
    throw new Error(`${operation.operationId}: the contract and its route disagree on whether it is cached`);
  }
  app.holdfast.operations.push(operation);
  if (operation.upload) app.register(async (scope) => addUpload(scope, operation, handler));
  else if (operation.signed) app.register(async (scope) => addSigned(scope, operation, handler));
  else addRoute(app, operation, handler, kept);
}

/** In a scope of its own, where the body is not parsed and nothing but its type is taken. */
function addUpload<O extends Operation>(scope: FastifyInstance, operation: O, handler: OperationHandler<O>): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(operation.upload!, (request, payload, done) => {
    allowUpload(request.raw);
    done(null, payload);
  });
  addRoute(scope, operation, handler);
}

/** In a scope of its own, where the body is not parsed: its signature is over the bytes that came. */
function addSigned<O extends Operation>(scope: FastifyInstance, operation: O, handler: OperationHandler<O>): void {
  scope.removeAllContentTypeParsers();
  const options = { parseAs: 'buffer', bodyLimit: operation.signed!.bytesMax } as const;
  scope.addContentTypeParser<Buffer>('application/json', options, (_request, bytes, done) => done(null, bytes));
  addRoute(scope, operation, handler);
}

function addRoute<O extends Operation>(
  app: FastifyInstance,
  operation: O,
  handler: OperationHandler<O>,
  kept?: KeptAnswers<O>,
): void {
  const timeoutMs = operation.upload ? uploadTimeoutMs : app.holdfast.handlerTimeoutMs;
  app.route({
    method: operation.method,
    url: operation.path,
    schema: schemaOf(operation),
    config: { operation },
    onRequest: gatesOf(app, operation),
    handler: async (request, reply) => {
      if (readsVersions(operation)) assertEntityTags(request.headers['if-match']);
      if (ignoresVersions(operation)) assertNoVersion(request.headers['if-match']);
      const input = inputOf(operation, request);
      const known = kept?.peek(input);
      if (known) return answer(known, input, reply);
      const handle = () => handler(input);
      const work = kept ? () => kept.read(input, async () => encoded(operation, await handle())) : handle;
      const run = () => withCorrelation(input.correlation, work);
      const running = request.auth ? asTenant(request.auth.tenantId, run) : run();
      const result = await withTimeout(systemClock, timeoutMs, running, tookTooLong);
      return answer(result, input, reply);
    },
  });
}
