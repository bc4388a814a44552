// Bodies: JSON and nothing else. Invariant: no __proto__ or constructor.prototype key and no deep nesting gets past this file.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/index.ts';
import { bodyDepthMax } from './limits.ts';

/** True when arrays and objects nest deeper than `left` levels; the recursion is bounded by that. */
function isDeeper(value: unknown, left: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (left === 0) return true;
  for (const key in value) {
    if (isDeeper((value as Record<string, unknown>)[key], left - 1)) return true;
  }
  return false;
}

/** Throws `validation_failed` for a value that nests deeper than 32 levels. */
export function refuseDeep(value: unknown): void {
  if (isDeeper(value, bodyDepthMax)) {
    throw new DomainError('validation_failed', {
      detail: 'The body is nested too deeply.',
      errors: [{ pointer: '', code: 'too_deep', message: `At most ${bodyDepthMax} levels.` }],
    });
  }
}

const jsonTypes = ['application/json', 'application/merge-patch+json'] as const;

function refuseOtherTypes(type: string, method: string): void {
  if (type !== 'application/json' && method !== 'PATCH') throw new DomainError('unsupported_media_type');
}

/** The same types as acceptJsonOnly, unparsed: the body is a Buffer, or undefined when it is empty. For who only passes it on. */
export function acceptRawJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  for (const type of jsonTypes) {
    app.addContentTypeParser<Buffer>(type, { parseAs: 'buffer' }, async (request: FastifyRequest, bytes: Buffer) => {
      refuseOtherTypes(type, request.method);
      return bytes.length > 0 ? bytes : undefined;
    });
  }
}

/** Only application/json, and application/merge-patch+json for PATCH. An empty body is no body: the schema decides whether one is needed. */
export function acceptJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  for (const type of jsonTypes) {
    app.addContentTypeParser<string>(type, { parseAs: 'string' }, async (request: FastifyRequest, text: string) => {
      refuseOtherTypes(type, request.method);
      if (text === '') return undefined;
      let value: unknown;
      parse(request, text, (error, parsed) => {
        if (error) throw new DomainError('malformed_json');
        value = parsed;
      });
      refuseDeep(value);
      return value;
    });
  }
}
