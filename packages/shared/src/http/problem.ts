// From anything thrown to a problem+json answer (RFC 9457).
// Invariant: only what the catalogue says leaves the process; a message of a library, driver or bug never does, and what is hidden is logged.
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { catalogue, DomainError, type ErrorCode, toProblem } from '../errors/index.ts';
import { traceIdOf } from '../telemetry/index.ts';

const problemType = 'application/problem+json';
const ofFastify: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_json',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_BAD_URL: 'validation_failed',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
  FST_ERR_HANDLER_TIMEOUT: 'unavailable',
  FST_ERR_NOT_FOUND: 'not_found',
};
const ofStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'validation_failed',
  404: 'not_found',
  408: 'request_timeout',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
};

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** Driver errors that are bugs of ours, not a store that is away. */
const driverBugs =
  /^Mongo(API|Argument|InvalidArgument|Runtime|Parse|Compatibility|BSON|Cursor.*|ServerError$|BulkWriteError$)/;
const driverAway = /^(Mongo|PoolClosed|WaitQueueTimeout|MaxRetriesPerRequest|ClusterAllFailed|Disconnected)/;
const retryLabels = ['TransientTransactionError', 'UnknownTransactionCommitResult', 'RetryableWriteError'];
/** Server codes of a store that is changing its primary, shutting down or out of time. */
const serverAwayCodes = new Set([
  6, 7, 50, 64, 89, 91, 100, 112, 189, 251, 262, 9001, 10107, 11600, 11602, 13435, 13436,
]);

/** True when a store or a neighbour could not be reached or could not confirm; told by name, so that no driver is imported here. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // A bulk write that was not answered: the driver wraps what happened on the way.
  if ('errorResponse' in error && error.errorResponse instanceof Error) return isAway(error.errorResponse);
  const { name, code, errorLabelSet, message } = error as Error & { code?: unknown; errorLabelSet?: Set<string> };
  if (typeof code === 'string' && networkCodes.has(code)) return true;
  if (retryLabels.some((label) => errorLabelSet instanceof Set && errorLabelSet.has(label))) return true;
  if (typeof code === 'number' && name.startsWith('Mongo') && serverAwayCodes.has(code)) return true;
  if (driverAway.test(name)) return !driverBugs.test(name);
  return /^(Connection is closed|Command timed out|Stream isn't writeable)/.test(message);
}

/** The catalogue error of anything thrown; `internal` for what is none of ours. */
export function asDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>;
  const known = typeof code === 'string' ? ofFastify[code] : undefined;
  if (known) return new DomainError(known);
  if (isAway(error)) return new DomainError('unavailable');
  const byStatus = typeof statusCode === 'number' ? ofStatus[statusCode] : undefined;
  return new DomainError(byStatus ?? 'internal');
}

/** Answers with the problem of an error; 5xx are logged with what they hide. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = asDomainError(error);
  const { status } = known;
  if (status === 500)
    request.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'fault');
  else if (known !== error && status === 503) request.log.warn({ err: error, route: request.routeOptions.url }, 'away');
  if (known.retryAfterSeconds !== undefined) reply.header('retry-after', String(known.retryAfterSeconds));
  for (const name of Object.keys(known.headers)) reply.header(name, known.headers[name]);
  const problem = toProblem(known, pathOf(request.url), traceIdOf(request.traceparent));
  return reply.code(status).type(problemType).send(JSON.stringify(problem));
}

/** The path of a URL without its query, which may hold what must not be repeated. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

const ofParser: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Answers what is not even HTTP, on the bare socket, and closes it. */
export function onClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = ofParser[error.code ?? ''] ?? 'malformed_json';
  const status = catalogue[code].status;
  const detail = code === 'malformed_json' ? 'The request is not valid HTTP/1.1.' : undefined;
  const problem = toProblem(new DomainError(code, detail ? { detail } : {}), '', '');
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: ${problemType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
