// Bodies: JSON and nothing else. Invariant: no __proto__ or constructor.prototype key and no deep nesting gets past this file.
import type { FastifyInstance } from 'fastify';
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

/** Only application/json, and application/merge-patch+json for PATCH. An empty body is no body: the schema decides whether one is needed. */
export function acceptJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  for (const type of ['application/json', 'application/merge-patch+json']) {
    app.addContentTypeParser<string>(type, { parseAs: 'string' }, (request, text, done) => {
      if (type !== 'application/json' && request.method !== 'PATCH')
        return done(new DomainError('unsupported_media_type'));
      if (text === '') return done(null, undefined);
      return parse(request, text, (error, value) => {
        if (error) return done(new DomainError('malformed_json'));
        try {
          refuseDeep(value);
          done(null, value);
        } catch (refusal) {
          done(refusal as Error);
        }
      });
    });
  }
}
