// Reading what a provider sends. Pure.
import { isUtf8 } from 'node:buffer';
import { DomainError } from '@holdfast/shared/errors';
import type { z } from 'zod';

/** How old a signature may be, and how far ahead its clock: a notice that somebody has recorded is worth nothing. */
export const toleranceSeconds = 300;

/** The JSON of a notice, of this shape. Throws `malformed_json` and `validation_failed`. */
export function parseNotice<Schema extends z.ZodType>(body: Buffer, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(jsonOf(body));
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, code, message }) => ({
    pointer: `/${path.join('/')}`,
    code,
    message,
  }));
  throw new DomainError('validation_failed', { errors });
}

function jsonOf(body: Buffer): unknown {
  if (!isUtf8(body)) throw new DomainError('malformed_json', { detail: 'The body is not UTF-8.' });
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new DomainError('malformed_json');
  }
}

/** The secret is refused; what it was is not repeated. */
export function unusableSecret(message: string): DomainError {
  return new DomainError('validation_failed', { errors: [{ pointer: '/secret', code: 'invalid_format', message }] });
}
