// A caller's mistake, or a state that refuses it: a stable code of the catalogue. Everything else that is thrown is a
// bug or infrastructure.
import { catalogue, type ErrorCode } from './catalogue.ts';

export type FieldError = { pointer: string; code: string; message: string };
type StandardMembers = {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: ErrorCode;
  traceId: string;
  errors?: FieldError[];
};
export type Problem = StandardMembers & Record<string, unknown>;
/**
 * Members of a problem body beside the standard ones, which would overwrite them: a state is `orderStatus`, not
 * `status`.
 */
export type ProblemExtra = Readonly<Record<string, unknown>> & { readonly [Member in keyof StandardMembers]?: never };

export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  /** Extra members of the problem body, such as `shortages`. */
  readonly extra: ProblemExtra;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** Extra response headers, such as Allow. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    options: {
      detail?: string;
      extra?: ProblemExtra;
      errors?: FieldError[];
      retryAfterSeconds?: number;
      headers?: Record<string, string>;
    } = {},
  ) {
    super(options.detail ?? catalogue[code].title);
    this.name = 'DomainError';
    this.code = code;
    this.detail = options.detail;
    this.extra = options.extra ?? {};
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds ?? (catalogue[code].status === 503 ? 1 : undefined);
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return catalogue[this.code].status;
  }
}

/** The problem+json body (RFC 9457) of an error. Only DomainErrors tell their detail; the rest is `internal`. */
export function toProblem(error: unknown, instance: string, traceId: string): Problem {
  const known = error instanceof DomainError ? error : new DomainError('internal');
  const entry = catalogue[known.code];
  return {
    ...known.extra,
    type: `https://holdfast.dev/errors/${known.code}`,
    title: entry.title,
    status: entry.status,
    detail: known.detail ?? entry.explanation,
    instance,
    code: known.code,
    traceId,
    ...(known.errors ? { errors: [...known.errors] } : {}),
  };
}
