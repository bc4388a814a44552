// What a call throws.
import type { ErrorCode } from '@holdfast/shared/errors';
import type { Answer, Problem } from './request.ts';

/** The API answered with a problem. `code` is one of docs/errors.md. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: ErrorCode | 'unknown';
  /** The whole problem, with the fields that its code adds. */
  readonly problem: Problem;
  readonly headers: Headers;

  constructor(operationId: string, { status, body, headers }: Answer<Problem>) {
    super(`${operationId} was answered with ${status} ${body.code ?? ''}: ${body.detail ?? ''}`);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = (body.code ?? 'unknown') as ErrorCode | 'unknown';
    this.problem = body;
    this.headers = headers;
  }
}

/** No answer came: it is not known whether the request was carried out. */
export class NoAnswer extends Error {
  constructor(operationId: string, cause: unknown) {
    super(`${operationId} was not answered: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.name = 'NoAnswer';
  }
}
