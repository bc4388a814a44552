// Zod as Fastify's validator: schemas are those of the contracts,
// errors are field errors with JSON pointers (RFC 6901).
import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { DomainError, type FieldError } from '../errors/index.ts';
import { echoedTextMax, fieldErrorCountMax } from './limits.ts';

type Issue = z.core.$ZodIssue;

/** The JSON pointer of a path; long names are cut. */
export function pointer(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).slice(0, echoedTextMax).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

function fieldErrors(issue: Issue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, fieldErrorCountMax).map((key) => ({
      pointer: pointer([...issue.path, key]),
      code: 'unknown_field',
      message: 'This field is not known.',
    }));
  }
  return [{ pointer: pointer(issue.path), code: issue.code, message: issue.message.slice(0, 200) }];
}

const partNames: Readonly<Record<string, string>> = { querystring: 'query', params: 'path' };

/** `validation_failed` with one entry per flaw, at most 50. */
export function validationFailed(issues: readonly Issue[], part: string): DomainError {
  return new DomainError('validation_failed', {
    detail: `The ${partNames[part] ?? part} does not fit its schema.`,
    errors: issues.slice(0, fieldErrorCountMax).flatMap(fieldErrors).slice(0, fieldErrorCountMax),
  });
}

/** A schema that takes keys of any name leaves this one out without a word. */
function unseenKeys(data: unknown): Issue | undefined {
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, '__proto__')) return undefined;
  return { code: 'unrecognized_keys', keys: ['__proto__'], path: [], message: 'is reserved' };
}

/** Parses with the schema; what the handler gets is the parsed value, never the raw one. */
export const zodValidator: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data) => {
    const unseen = unseenKeys(data);
    if (unseen) return { error: validationFailed([unseen], httpPart ?? 'request') };
    // Fastify hands null to a validator where a request has no body.
    const parsed = schema.safeParse(httpPart === 'body' && data === null ? undefined : data);
    return parsed.success
      ? { value: parsed.data }
      : { error: validationFailed(parsed.error.issues, httpPart ?? 'request') };
  };
