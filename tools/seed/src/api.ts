/** The public HTTP API as a client sees it: paths and types come from the contracts. */
import { setTimeout as pause } from 'node:timers/promises';
import type { AnswerOf, Operation, SentBodyOf } from '@holdfast/shared/contracts';
import { request } from 'undici';
import { attemptsMax, requestTimeoutMs, retryPauseMaxMs } from './limits.ts';

/** A problem that the API answered. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(operationId: string, status: number, problem: { code?: string; detail?: string }) {
    super(`${operationId} was answered with ${status} ${problem.code ?? ''}: ${problem.detail ?? ''}`);
    this.status = status;
    this.code = problem.code ?? 'unknown';
  }
}

export type Call<O extends Operation> = {
  token?: string;
  /** Idempotency-Key: makes the call safe to repeat, also by a later run. */
  key?: string;
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: SentBodyOf<O>;
};
export type Api = {
  url: string;
  /** The 2xx answer; throws Refusal for a problem, after retrying what was only too early. */
  call<O extends Operation>(operation: O, call?: Call<O>): Promise<AnswerOf<O>>;
};

/** A client of this gateway. */
export function connect(url: string): Api {
  return {
    url,
    async call(operation, call = {}) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await send(url, operation, call);
        } catch (error) {
          if (attempt >= attemptsMax || !isTooEarly(error)) throw error;
          await pause(Math.min(retryPauseMaxMs, 50 * 2 ** attempt));
        }
      }
    },
  };
}

// Busy or away, not reachable yet, or a variant that the orders service has not heard of yet.
function isTooEarly(error: unknown): boolean {
  if (error instanceof Refusal) return error.status === 503 || error.status === 502 || error.code === 'unknown_variant';
  return error instanceof Error && 'code' in error;
}

async function send<O extends Operation>(
  gatewayUrl: string,
  operation: O,
  { token, key, params = {}, query, body }: Call<O>,
): Promise<AnswerOf<O>> {
  const path = operation.path.replace(/:([a-zA-Z]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const response = await request(`${gatewayUrl}${path}`, {
    method: operation.method,
    ...(query ? { query } : {}),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(key ? { 'idempotency-key': key } : {}),
    },
    body: body === undefined ? null : JSON.stringify(body),
    headersTimeout: requestTimeoutMs,
    bodyTimeout: requestTimeoutMs,
  });
  const text = await response.body.text();
  const isJson = String(response.headers['content-type']).includes('json');
  const answer = isJson && text !== '' ? JSON.parse(text) : {};
  if (response.statusCode >= 300) throw new Refusal(operation.operationId, response.statusCode, answer);
  return answer;
}

/** Does the work for every item, a few at once; results in the order of the items. */
export async function eachOf<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  async function worker(): Promise<void> {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]!, index);
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
