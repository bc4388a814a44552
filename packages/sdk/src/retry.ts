// Whether a call is worth another attempt, and when.
import type { Operation } from '@holdfast/shared/contracts';
import { ApiProblem, NoAnswer } from './errors.ts';
import { pauseMinMs } from './limits.ts';

/** The API asks for another attempt. */
const busy = new Set([429, 503]);
/** What came of the work is not known. */
const doubtful = new Set([408, 502, 504]);
/** Codes of connections that never were. */
const unconnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

export interface RetryRules {
  /** True when carrying the operation out twice is the same as once. */
  readonly isRepeatable: boolean;
  /** Codes of problems that pass by themselves. */
  readonly retryOn: ReadonlySet<string>;
}

/** True when sending it twice is the same as sending it once. */
export function isRepeatable({ method }: Operation, key: string | undefined): boolean {
  return key !== undefined || method === 'GET' || method === 'PUT' || method === 'DELETE';
}

/** True when another attempt may succeed and cannot do the work twice. */
export function isWorthRetrying(error: unknown, { isRepeatable, retryOn }: RetryRules): boolean {
  if (error instanceof ApiProblem) {
    return busy.has(error.status) || retryOn.has(error.code) || (isRepeatable && doubtful.has(error.status));
  }
  return error instanceof NoAnswer && (isRepeatable || wasNeverSent(error));
}

function wasNeverSent({ cause }: NoAnswer): boolean {
  const code = ((cause as Error).cause as { code?: string } | undefined)?.code;
  return code !== undefined && unconnected.has(code);
}

/** Milliseconds until the next attempt: as Retry-After asks, else longer each time; never more than `maxMs`. */
export function pauseBefore(attempt: number, error: unknown, maxMs: number): number {
  const asked =
    error instanceof ApiProblem ? Number(error.headers.get('retry-after') ?? Number.NaN) * 1_000 : Number.NaN;
  if (asked >= 0) return Math.min(asked, maxMs);
  // Spread out, so that clients that were refused together do not come back together.
  return Math.min(pauseMinMs * 2 ** (attempt - 1), maxMs) * (0.5 + Math.random() / 2);
}
