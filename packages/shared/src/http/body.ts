// Bodies: JSON and nothing else. Invariant: what a handler gets has passed body-bounds.ts.
import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/index.ts';
import { refuseHostile, refuseHugeText } from './body-bounds.ts';

const jsonTypes = ['application/json', 'application/merge-patch+json'] as const;
/** What PATCH takes, for its Accept-Patch header (RFC 5789). */
export const patchTypes = jsonTypes.join(', ');

function refuseOtherTypes(type: string, method: string): void {
  if (type !== 'application/json' && method !== 'PATCH') throw new DomainError('unsupported_media_type');
}

/**
 * The same types as acceptJsonOnly, unparsed: the body is a Buffer, or undefined when it is empty.
 * For who only passes it on.
 */
export function acceptRawJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  for (const type of jsonTypes) {
    app.addContentTypeParser<Buffer>(type, { parseAs: 'buffer' }, async (request: FastifyRequest, bytes: Buffer) => {
      refuseOtherTypes(type, request.method);
      return bytes.length > 0 ? bytes : undefined;
    });
  }
}

/**
 * Parses the text of a body. Throws `malformed_json`, also for `__proto__` and `constructor.prototype`, and
 * `validation_failed` with a pointer for what is too much or must not be there.
 */
export function createBodyParser(app: FastifyInstance): (request: FastifyRequest, text: string) => unknown {
  const parse = app.getDefaultJsonParser('error', 'error');
  return (request, text) => {
    refuseHugeText(text);
    let value: unknown;
    parse(request, text, (error, parsed) => {
      if (error) throw new DomainError('malformed_json');
      value = parsed;
    });
    refuseHostile(value);
    return value;
  };
}

/** JSON is UTF-8 (RFC 8259, 8.1): bytes that are not would be stored as something else than what was sent. */
function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new DomainError('malformed_json', { detail: 'The body is not UTF-8.' });
  return bytes.toString();
}

/**
 * Only application/json, and application/merge-patch+json for PATCH. An empty body is no body:
 * the schema decides whether one is needed.
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  const parse = createBodyParser(app);
  app.removeAllContentTypeParsers();
  for (const type of jsonTypes) {
    app.addContentTypeParser<Buffer>(type, { parseAs: 'buffer' }, async (request: FastifyRequest, bytes: Buffer) => {
      refuseOtherTypes(type, request.method);
      return bytes.length === 0 ? undefined : parse(request, textOf(bytes));
    });
  }
}
