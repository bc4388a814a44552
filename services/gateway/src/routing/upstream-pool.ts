// Kept-alive connections to the addresses of one service, in turn. Invariant: a request is sent a second time only if the first
// cannot have been acted on (nobody accepted the connection) or acting twice changes nothing (reads, requests with an Idempotency-Key).
import { DomainError } from '@holdfast/shared/errors';
import { Agent, type Dispatcher } from 'undici';
import {
  upstreamAnswerTimeoutMs,
  upstreamAttemptCountMax,
  upstreamConnectionCountMax,
  upstreamConnectTimeoutMs,
  upstreamInFlightCountMax,
  upstreamKeepAliveMs,
} from '../limits.ts';

type Answered = (error: Error | null, answer: Dispatcher.ResponseData | undefined) => void;
export type UpstreamRequest = Omit<Dispatcher.RequestOptions, 'origin'> & { origin?: string | URL | null };

export type UpstreamPool = {
  /** The shape that @fastify/http-proxy takes as its `undici`; the origin is chosen here. */
  request(options: UpstreamRequest, answered: Answered): void;
  /** Addresses to try for one connection, beginning with the next in turn. */
  inTurn(): string[];
  close(): Promise<void>;
};

const neverConnected = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const cutOff = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** True when the request may be sent to another address after this failure. */
export function mayRetry(error: Error & { code?: string }, method: string, headers: unknown): boolean {
  const code = error.code ?? '';
  if (neverConnected.has(code)) return true;
  if (!cutOff.has(code)) return false;
  return (
    method === 'GET' || method === 'HEAD' || (headers as Record<string, unknown>)?.['idempotency-key'] !== undefined
  );
}

/** A pool over these addresses (at least one); past `inFlightMax` unanswered requests a further one fails with `busy`. */
export function createUpstreamPool(urls: readonly string[], inFlightMax = upstreamInFlightCountMax): UpstreamPool {
  const agent = new Agent({
    connections: upstreamConnectionCountMax,
    pipelining: 1,
    keepAliveTimeout: upstreamKeepAliveMs,
    keepAliveMaxTimeout: upstreamKeepAliveMs,
    headersTimeout: upstreamAnswerTimeoutMs,
    bodyTimeout: upstreamAnswerTimeoutMs,
    connect: { timeout: upstreamConnectTimeoutMs },
  });
  const attemptsMax = Math.min(Math.max(urls.length, 2), upstreamAttemptCountMax);
  let turn = 0;
  const next = () => urls[turn++ % urls.length]!;

  function attempt(options: UpstreamRequest, answered: Answered, count: number): void {
    agent.request({ ...options, origin: next() } as Dispatcher.RequestOptions, (error, answer) => {
      if (!error) return answered(null, answer);
      if (count < attemptsMax && mayRetry(error, options.method, options.headers))
        return attempt(options, answered, count + 1);
      return answered(error, undefined);
    });
  }
  let inFlight = 0;
  return {
    request(options, answered) {
      if (inFlight >= inFlightMax) return answered(new DomainError('busy'), undefined);
      inFlight += 1;
      return attempt(
        options,
        (error, answer) => {
          inFlight -= 1;
          answered(error, answer);
        },
        1,
      );
    },
    inTurn() {
      const first = turn++;
      return Array.from({ length: Math.min(urls.length, attemptsMax) }, (_, n) => urls[(first + n) % urls.length]!);
    },
    close: () => agent.destroy(),
  };
}
