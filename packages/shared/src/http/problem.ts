// From anything thrown to a problem+json answer (RFC 9457).
// Invariant: only what the catalogue says leaves the process; a message of a library, driver or bug never does,
// and what is hidden is logged.
import { type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { catalogue, DomainError, type ErrorCode, isConflict, isOutage, toProblem } from '../errors/index.ts';
import { newTraceparent, traceIdOf } from '../telemetry/index.ts';
import { patchTypes } from './body.ts';
import { closeTimeoutMs } from './limits.ts';
import { endAfterAnswer, exchangeOf } from './one-at-a-time.ts';

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

/** The catalogue error of anything thrown; `internal` for what is none of ours. */
export function asDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>;
  const known = typeof code === 'string' ? ofFastify[code] : undefined;
  if (known) return new DomainError(known);
  // A race that was lost until the last attempt is worth a retry, like an outage.
  if (isOutage(error) || isConflict(error)) return new DomainError('unavailable');
  const byStatus = typeof statusCode === 'number' ? ofStatus[statusCode] : undefined;
  return new DomainError(byStatus ?? 'internal');
}

/** Headers that describe the answer which a problem replaces. */
const entityHeaders = [
  'accept-ranges',
  'content-encoding',
  'content-length',
  'content-type',
  'etag',
  'last-modified',
  'link',
  'location',
  'transfer-encoding',
];

/** Logs what a 5xx hides. A log that cannot be written (the disk is full) costs the line, never the answer. */
function logHidden(error: unknown, { status }: DomainError, request: FastifyRequest): void {
  const route = request.routeOptions.url;
  try {
    if (status === 500) request.log.error({ err: error, method: request.method, route }, 'fault');
    else if (status === 503 && !(error instanceof DomainError)) request.log.warn({ err: error, route }, 'away');
  } catch {
    // There is nobody left to tell.
  }
}

/** Where an operation takes files, their type is the one to send. */
function naming(known: DomainError, { uploadType, routeOptions }: FastifyRequest): DomainError {
  const type = uploadType ?? routeOptions.config?.operation?.upload;
  if (known.code !== 'unsupported_media_type' || known.detail !== undefined || type === undefined) return known;
  return new DomainError(known.code, { detail: `Send \`Content-Type: ${type}\`, and the file as the body.` });
}

/**
 * Answers with the problem of an error; 5xx are logged with what they hide. Written past Fastify's own hooks and
 * serialisers: one of them may be what failed, and Fastify's last resort is an answer of its own making that repeats
 * the message of the error.
 */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = naming(asDomainError(error), request);
  logHidden(error, known, request);
  const { raw } = reply;
  const headers = reply.getHeaders() as OutgoingHttpHeaders;
  reply.hijack();
  // Half an answer cannot become another one: the client sees that it is cut off.
  if (raw.headersSent || raw.destroyed) {
    raw.destroy();
    return;
  }
  for (const name of entityHeaders) delete headers[name];
  if (known.retryAfterSeconds !== undefined) headers['retry-after'] = String(known.retryAfterSeconds);
  if (known.code === 'unsupported_media_type' && request.method === 'PATCH') headers['accept-patch'] = patchTypes;
  Object.assign(headers, known.headers, { 'cache-control': 'no-store' });
  const problem = toProblem(known, pathOf(request.url), traceIdOf(request.traceparent));
  endWith(raw, known.status, headers, JSON.stringify(problem));
}

function endWith(raw: ServerResponse, status: number, headers: OutgoingHttpHeaders, body: string): void {
  for (const name of raw.getHeaderNames()) raw.removeHeader(name);
  for (const [name, value] of Object.entries(headers)) {
    try {
      if (value !== undefined) raw.setHeader(name, value);
    } catch {
      // A header of the answer that failed may be what cannot be sent.
    }
  }
  raw.writeHead(status, { 'content-type': problemType, 'content-length': Buffer.byteLength(body) });
  raw.end(body);
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

type ClientError = Error & { code?: string };

/** What the parser says, in the words of clients. Nothing of the request is repeated: where it ends is not known. */
function detailOf({ code }: ClientError): string {
  return code === 'HPE_INVALID_URL'
    ? 'The URL holds a character that must be percent-encoded, such as %C3%9F for ß.'
    : 'The request is not valid HTTP/1.1.';
}

/** Answers what is not even HTTP, or did not arrive in time, on the bare socket, and closes it. */
export function onClientError(error: ClientError, socket: Socket): void {
  const exchange = exchangeOf(socket);
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
  } else if (exchange?.request.complete) {
    // What is wrong came after a whole request, whose answer is still due.
    endAfterAnswer(socket);
  } else if (exchange ? exchange.response.headersSent : socket.bytesWritten > 0) {
    // An answer has begun, or the one that was due has left: another one would be taken for something else.
    socket.destroy();
  } else {
    socket.end(bareProblem(error));
    setTimeout(() => socket.destroy(), closeTimeoutMs).unref();
  }
}

function bareProblem(error: ClientError): string {
  const code = ofParser[error.code ?? ''] ?? 'validation_failed';
  const { status } = catalogue[code];
  const detail = code === 'validation_failed' ? detailOf(error) : undefined;
  const problem = toProblem(new DomainError(code, detail ? { detail } : {}), '', traceIdOf(newTraceparent()));
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
