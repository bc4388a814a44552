// Kept-alive connections to the addresses of one service, in turn. Invariant: a request is sent a second time only if
// the first cannot have been acted on (nobody accepted the connection) or acting twice changes nothing (reads,
// requests with an Idempotency-Key).
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { DomainError } from '@holdfast/shared/errors';
import { Agent, type Dispatcher } from 'undici';
import {
  bufferedAnswerBytesMax,
  upstreamAnswerTimeoutMs,
  upstreamAttemptCountMax,
  upstreamConnectTimeoutMs,
  upstreamInFlightCountMax,
  upstreamKeepAliveMs,
} from '../limits.ts';

export type UpstreamRequest = Pick<Dispatcher.DispatchOptions, 'method' | 'path' | 'body'> & {
  headers: IncomingHttpHeaders;
};
/**
 * A small body is whole, so that a service that dies half-way is an error and not half an answer; any other streams.
 */
export type UpstreamAnswer = { status: number; headers: IncomingHttpHeaders; body: Buffer | Readable };

export type UpstreamPool = {
  /** Rejects with DomainError `busy`, or with what kept the service from answering. */
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
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
export function mayRetry(error: Error & { code?: string }, method: string, headers: IncomingHttpHeaders): boolean {
  const code = error.code ?? '';
  if (neverConnected.has(code)) return true;
  if (!cutOff.has(code)) return false;
  return method === 'GET' || method === 'HEAD' || headers['idempotency-key'] !== undefined;
}

/**
 * Reads one answer. Below undici's `request`, whose body is always a stream: that cost a fifth of the gateway's time.
 */
function readAnswer(
  method: string,
  resolve: (answer: UpstreamAnswer) => void,
  reject: (error: Error) => void,
): Dispatcher.DispatchHandler {
  let head = { status: 0, headers: {} as IncomingHttpHeaders };
  const chunks: Buffer[] = [];
  let stream: Readable | undefined;
  let hasEnded = false;
  return {
    onRequestStart() {},
    onResponseStart(controller, status, headers) {
      if (status < 200) return;
      head = { status, headers };
      const isBodiless = method === 'HEAD' || status === 204 || status === 304;
      if (isBodiless || Number(headers['content-length']) <= bufferedAnswerBytesMax) return;
      stream = new Readable({
        read: () => controller.resume(),
        destroy(error, done) {
          if (!hasEnded) controller.abort(error ?? new Error('the client has gone'));
          done(error);
        },
      });
      resolve({ ...head, body: stream });
    },
    onResponseData(controller, chunk) {
      if (!stream) chunks.push(chunk);
      else if (!stream.push(chunk)) controller.pause();
    },
    onResponseEnd() {
      hasEnded = true;
      if (stream) stream.push(null);
      else resolve({ ...head, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) });
    },
    onResponseError(_controller, error) {
      hasEnded = true;
      if (stream) stream.destroy(error);
      else reject(error);
    },
  };
}

export type PoolLimits = {
  /** To all addresses together. */
  connectionsMax: number;
  /** Unanswered requests; past it a further one fails with `busy`. */
  inFlightMax?: number;
};

/** A pool over these addresses (at least one). */
export function createUpstreamPool(
  urls: readonly string[],
  { connectionsMax, inFlightMax = upstreamInFlightCountMax }: PoolLimits,
): UpstreamPool {
  const agent = new Agent({
    connections: Math.max(1, Math.floor(connectionsMax / urls.length)),
    pipelining: 1,
    keepAliveTimeout: upstreamKeepAliveMs,
    keepAliveMaxTimeout: upstreamKeepAliveMs,
    headersTimeout: upstreamAnswerTimeoutMs,
    bodyTimeout: upstreamAnswerTimeoutMs,
    connect: { timeout: upstreamConnectTimeoutMs },
  });
  const attemptsMax = Math.min(Math.max(urls.length, 2), upstreamAttemptCountMax);
  let turn = 0;
  /**
   * By its place in the turn of one request: others that come meanwhile must not lead it back to the address that
   * failed.
   */
  const addressAt = (place: number) => urls[place % urls.length]!;

  function sendTo(origin: string, request: UpstreamRequest): Promise<UpstreamAnswer> {
    return new Promise((resolve, reject) => {
      agent.dispatch({ ...request, origin } as Dispatcher.DispatchOptions, readAnswer(request.method, resolve, reject));
    });
  }
  let inFlight = 0;
  return {
    async send(request) {
      if (inFlight >= inFlightMax) throw new DomainError('busy');
      inFlight += 1;
      const first = turn++;
      try {
        for (let count = 1; ; count += 1) {
          try {
            return await sendTo(addressAt(first + count - 1), request);
          } catch (error) {
            if (count >= attemptsMax || !mayRetry(error as Error, request.method, request.headers)) throw error;
          }
        }
      } finally {
        inFlight -= 1;
      }
    },
    inTurn() {
      const first = turn++;
      return Array.from({ length: Math.min(urls.length, attemptsMax) }, (_, n) => addressAt(first + n));
    },
    close: () => agent.destroy(),
  };
}
