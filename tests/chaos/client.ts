// A client that is patient and keeps a record: each attempt is one line of its history, and an answer that does not come is
// `unknown`, never `failed`. It asks the gateways in turn and signs in again when its token is refused.
import type { Attempt, Decision } from '@holdfast/checker';
import { contentOf } from '@holdfast/checker';
import { Agent, fetch } from 'undici';
import { password } from '../e2e/business.ts';
import { attemptMs } from './limits.ts';

export type Caller = { tenantId: string; slug: string; id: string; email: string; token: string };
export type Line = { variantId: string; quantity: number };
type Answer = { status: number; body: Body };
type Body = {
  id?: string;
  orderId?: string;
  code?: string;
  status?: string;
  version?: number;
  lines?: Line[];
  delta?: number;
  accessToken?: string;
};

export type ChaosClient = {
  readonly history: readonly Attempt[];
  place(caller: Caller, key: string, lines: readonly Line[]): Promise<Attempt>;
  cancel(caller: Caller, key: string, orderId: string): Promise<Attempt>;
  adjust(caller: Caller, key: string, variantId: string, delta: number): Promise<Attempt>;
  read(caller: Caller, orderId: string): Promise<Attempt>;
  /** Takes a new token; true when it got one. */
  signIn(caller: Caller): Promise<boolean>;
  close(): Promise<void>;
};

type Sending = { operation: Attempt['operation']; key: string; path: string; method?: string; body?: unknown };

/** A client of these gateways with an empty history. */
export function createChaosClient(gatewayUrls: readonly string[]): ChaosClient {
  const dispatcher = new Agent({ connections: 256, keepAliveTimeout: 10_000 });
  const history: Attempt[] = [];
  let turn = 0;

  async function send(method: string, path: string, request: { caller?: Caller; key?: string; body?: unknown }) {
    const { caller, key, body } = request;
    const url = new URL(path, gatewayUrls[turn++ % gatewayUrls.length]);
    const response = await fetch(url, {
      method,
      dispatcher,
      signal: AbortSignal.timeout(attemptMs),
      headers: {
        ...(caller ? { authorization: `Bearer ${caller.token}` } : {}),
        ...(key ? { 'idempotency-key': key } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text.startsWith('{') ? JSON.parse(text) : {}) as Body };
  }

  async function signIn(caller: Caller): Promise<boolean> {
    const body = { tenant: caller.slug, email: caller.email, password };
    const answer = await send('POST', '/v1/auth/login', { body }).catch(() => undefined);
    if (answer?.status === 200 && answer.body.accessToken) caller.token = answer.body.accessToken;
    return answer?.status === 200;
  }

  async function attempt(caller: Caller, { operation, key, path, method = 'POST', body }: Sending): Promise<Attempt> {
    const sentAt = Date.now();
    const answer = await send(method, path, { caller, key, body }).catch(() => undefined);
    const facts = { operation, tenantId: caller.tenantId, callerId: caller.id, key, sentAt, answeredAt: Date.now() };
    const line: Attempt = { ...facts, ...(answer ? told(operation, answer) : { result: 'unknown' as const }) };
    history.push(line);
    if (line.status === 401) await signIn(caller);
    return line;
  }

  return {
    history,
    place: (caller, key, lines) =>
      attempt(caller, { operation: 'place', key, path: '/v1/orders', body: { lines, metadata: { key } } }),
    async cancel(caller, key, orderId) {
      const line = await attempt(caller, { operation: 'cancel', key, path: `/v1/orders/${orderId}/cancel` });
      line.id ??= orderId;
      return line;
    },
    adjust: (caller, key, variantId, delta) =>
      attempt(caller, {
        operation: 'adjust',
        key,
        path: '/v1/adjustments',
        body: { variantId, delta, reason: 'received', note: key },
      }),
    async read(caller, orderId) {
      const line = await attempt(caller, {
        operation: 'read',
        key: orderId,
        path: `/v1/orders/${orderId}`,
        method: 'GET',
      });
      line.id ??= orderId;
      return line;
    },
    signIn,
    close: () => dispatcher.destroy(),
  };
}

const decisions: Readonly<Record<string, Decision>> = {
  insufficient_stock: 'REJECTED',
  order_cancelled: 'CANCELLED',
};

/** What an answer tells. A refusal that names the order is a decision about it; 5xx tells nothing. */
function told(operation: Attempt['operation'], { status, body }: Answer) {
  const { code, version, lines, delta } = body;
  if (status >= 500 || status === 408 || status === 429) return { result: 'unknown' as const, status, code };
  const id = operation === 'place' ? (body.id ?? body.orderId) : body.id;
  if (status >= 400) {
    const decision = operation === 'place' && id !== undefined ? decisions[code ?? ''] : undefined;
    return { result: 'failed' as const, status, code, id, decision };
  }
  const decision = operation === 'place' && body.status === 'CONFIRMED' ? ('CONFIRMED' as const) : undefined;
  const content = operation === 'adjust' ? String(delta) : lines && contentOf(lines);
  return { result: 'ok' as const, status, id, version, content, decision };
}
