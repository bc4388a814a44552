// What a service gets to see of a request: an allow-list. Whatever else a client sends (identity and forwarding
// headers, in any case, doubled, with underscores, or named by `Connection:`) ends here.
import type { IncomingHttpHeaders } from 'node:http';
import { DomainError } from '@holdfast/shared/errors';
import type { FastifyRequest } from 'fastify';
import { findRoute } from './routes.ts';

const passedOn = [
  'authorization',
  'accept',
  'accept-language',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'prefer',
  'tracestate',
  'user-agent',
] as const;

/** What signatures are made of, for operations whose body is signed. */
const ofSignatures = ['stripe-signature', 'webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/** Headers that must come once: two could be read differently by two parsers. */
const single = new Set(['authorization', 'host', 'content-type', 'content-length', 'idempotency-key', 'if-match']);

/** True when the client asked to leave HTTP; only the socket path knows what to do with that. */
export function isUpgrade({ raw }: FastifyRequest): boolean {
  return (raw as typeof raw & { upgrade?: boolean | null }).upgrade === true;
}

/** Refuses doubled headers that decide something, and bodies that would have to be inflated. */
export function refuseTricks(request: FastifyRequest): void {
  const { rawHeaders, headers } = request.raw;
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new DomainError('unsupported_media_type', { detail: 'A compressed body is not understood.' });
  }
  let seen: Set<string> | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (!single.has(name)) continue;
    seen ??= new Set();
    if (seen.has(name)) throw new DomainError('validation_failed', { detail: `The header ${name} was sent twice.` });
    seen.add(name);
  }
}

/** The client's address; 'unknown' when it was gone before its request was read. */
export function addressOf(request: { readonly ip?: string | undefined }): string {
  return request.ip ?? 'unknown';
}

/**
 * The headers that a service gets: the allow-list, and what only the gateway knows.
 * `length` is that of the body it sends.
 */
export function headersForService(request: FastifyRequest, length: string | number | undefined): IncomingHttpHeaders {
  const given = request.headers;
  const headers: Record<string, string> = {
    'x-request-id': request.id,
    traceparent: request.traceparent,
    'x-forwarded-for': addressOf(request),
    'x-forwarded-proto': request.protocol,
  };
  for (const name of findRoute(request)?.signed ? [...passedOn, ...ofSignatures] : passedOn) {
    const value = given[name];
    if (typeof value === 'string') headers[name] = value;
  }
  if (length !== undefined) headers['content-length'] = String(length);
  else if (request.body === undefined || request.body === null) delete headers['content-type'];
  return headers;
}
