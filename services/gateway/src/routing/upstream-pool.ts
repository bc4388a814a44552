// Kept-alive connections to the addresses of one service, in turn. Invariants: a request is sent a second time only if
// the first cannot have been acted on (nobody accepted the connection) or acting twice changes nothing (reads,
// requests with an Idempotency-Key); a replica that is down or hung is passed over.
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { DomainError } from '@holdfast/shared/errors';
import { Agent, type Dispatcher } from 'undici';
import {
  bufferedAnswerBytesMax,
  replicaLookMs,
  upstreamAnswerTimeoutMs,
  upstreamAttemptCountMax,
  upstreamConnectTimeoutMs,
  upstreamKeepAliveMs,
} from '../limits.ts';
import { createReplica, type Exchange, type Replica, type ReplicaState } from './replica.ts';

export type UpstreamRequest = Pick<Dispatcher.DispatchOptions, 'method' | 'path' | 'body'> & {
  headers: IncomingHttpHeaders;
};
/**
 * A small body is whole, so that a service that dies half-way is an error and not half an answer; any other streams.
 */
export type UpstreamAnswer = { status: number; headers: IncomingHttpHeaders; body: Buffer | Readable };

export type UpstreamPool = {
  /** Rejects with what kept the service from answering; `gone` breaks it off. */
  send(request: UpstreamRequest, gone?: AbortSignal): Promise<UpstreamAnswer>;
  /** Addresses to try for one connection, beginning with the next in turn. */
  inTurn(): string[];
  /** Of each address, in their order. */
  states(): ReplicaState[];
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
const cutOff = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'REPLICA_HUNG']);

/** True when the request may be sent to another address after this failure. */
export function mayRetry(error: Error & { code?: string }, method: string, headers: IncomingHttpHeaders): boolean {
  const code = error.code ?? '';
  if (neverConnected.has(code)) return true;
  if (!cutOff.has(code)) return false;
  return method === 'GET' || method === 'HEAD' || headers['idempotency-key'] !== undefined;
}

type Reading = {
  resolve: (answer: UpstreamAnswer) => void;
  reject: (error: Error) => void;
  exchange: Exchange;
};

/**
 * Reads one answer. Below undici's `request`, whose body is always a stream: that cost a fifth of the gateway's time.
 */
function readAnswer(method: string, { resolve, reject, exchange }: Reading): Dispatcher.DispatchHandler {
  let head = { status: 0, headers: {} as IncomingHttpHeaders };
  const chunks: Buffer[] = [];
  let stream: Readable | undefined;
  let hasEnded = false;
  return {
    onRequestStart: (controller) => exchange.onStart((reason) => controller.abort(reason)),
    onResponseStart(controller, status, headers) {
      if (status < 200) return;
      exchange.onAnswer();
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
  /** The longest time without a byte of an answer. */
  answerTimeoutMs?: number;
};

function openAgent(addressCount: number, { connectionsMax, answerTimeoutMs = upstreamAnswerTimeoutMs }: PoolLimits) {
  return new Agent({
    connections: Math.max(1, Math.floor(connectionsMax / addressCount)),
    pipelining: 1,
    keepAliveTimeout: upstreamKeepAliveMs,
    keepAliveMaxTimeout: upstreamKeepAliveMs,
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
    connect: { timeout: upstreamConnectTimeoutMs },
  });
}

/** Any answer at all is a sign of life. */
async function probe(url: string, signal: AbortSignal): Promise<void> {
  const answer = await fetch(`${url}/health/live`, { signal, redirect: 'manual' });
  await answer.body?.cancel();
}

/** A pool over these addresses (at least one). */
export function createUpstreamPool(urls: readonly string[], limits: PoolLimits): UpstreamPool {
  const agent = openAgent(urls.length, limits);
  const replicas = urls.map((url) => createReplica(url, (signal) => probe(url, signal)));
  const attemptsMax = Math.min(Math.max(urls.length, 2), upstreamAttemptCountMax);
  let turn = 0;
  const isUsable = (replica: Replica) => replica.state() === 'closed';
  function firstFrom(place: number, isWanted: (replica: Replica) => boolean): Replica | undefined {
    for (let n = 0; n < replicas.length; n += 1) {
      const replica = replicas[(place + n) % replicas.length]!;
      if (isWanted(replica)) return replica;
    }
    return undefined;
  }
  /**
   * By the place in the turn of one request: others that come meanwhile must not lead it back to one that failed. When
   * all are passed over, one that refuses at once is tried: it may have come back since its last probe.
   */
  const usableAt = (place: number) => firstFrom(place, isUsable) ?? firstFrom(place, (replica) => replica.mayBeTried());
  function lookAtAll(): void {
    for (const replica of replicas) replica.look();
    // What is in flight at a hung one moves on where it can; where it cannot, its answer may still come.
    if (replicas.some(isUsable)) for (const replica of replicas) if (replica.isHung()) replica.breakOff();
  }
  const timer = setInterval(lookAtAll, replicaLookMs).unref();

  async function sendTo(replica: Replica, request: UpstreamRequest, gone?: AbortSignal): Promise<UpstreamAnswer> {
    const exchange = replica.begin();
    const leave = () => exchange.breakOff(new Error('the client has gone'));
    gone?.addEventListener('abort', leave);
    try {
      return await new Promise((resolve, reject) => {
        const options = { ...request, origin: replica.url } as Dispatcher.DispatchOptions;
        agent.dispatch(options, readAnswer(request.method, { resolve, reject, exchange }));
      });
    } catch (error) {
      const { code = '' } = error as { code?: string };
      if (neverConnected.has(code)) replica.refused(code === 'ECONNREFUSED');
      throw error;
    } finally {
      gone?.removeEventListener('abort', leave);
      exchange.end();
    }
  }

  return {
    async send(request, gone) {
      const first = turn++;
      for (let count = 1; ; count += 1) {
        const replica = usableAt(first + count - 1);
        if (!replica) throw new DomainError('unavailable', { retryAfterSeconds: 1 });
        try {
          return await sendTo(replica, request, gone);
        } catch (error) {
          // What has streamed away cannot be sent again.
          const isGone = request.body instanceof Readable;
          if (isGone || count >= attemptsMax || !mayRetry(error as Error, request.method, request.headers)) throw error;
        }
      }
    },
    inTurn() {
      const first = turn++;
      const inTurn = replicas.map((_, n) => replicas[(first + n) % replicas.length]!);
      const usable = inTurn.filter(isUsable);
      const tried = usable.length > 0 ? usable : inTurn.filter((replica) => replica.mayBeTried());
      return tried.slice(0, attemptsMax).map(({ url }) => url);
    },
    states: () => replicas.map((replica) => replica.state()),
    close() {
      clearInterval(timer);
      return agent.destroy();
    },
  };
}
