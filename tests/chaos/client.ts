// A client that is patient and keeps a record: each attempt is one line of its history,
// and an answer that does not come is
// `unknown`, never `failed`. It asks the gateways in turn and signs in again when its token is refused.
import type { Attempt, Decision } from '@holdfast/checker';
import { contentOf } from '@holdfast/checker';
import { type Answer, type Client, createClient, type Problem } from '@holdfast/sdk';
import {
  adjustmentsApi,
  authApi,
  editsApi,
  fulfilmentsApi,
  ordersApi,
  paymentsApi,
  returnsApi,
} from '@holdfast/shared/contracts';
import { password } from '../e2e/business.ts';
import { attemptMs } from './limits.ts';

export type Caller = { tenantId: string; slug: string; id: string; email: string; token: string };
export type Line = { variantId: string; quantity: number };
/** What is looked at in an answer, whatever was asked. */
type Body = Problem & {
  id?: string;
  status?: string;
  version?: number;
  lines?: readonly Line[];
  delta?: number;
  total?: { amount: number; currency: string };
};
/** An order as it was shown last. */
export type Shown = { status: string; lines: readonly Line[]; total: { amount: number; currency: string } };

export type ChaosClient = {
  readonly history: readonly Attempt[];
  place(caller: Caller, key: string, lines: readonly Line[]): Promise<Attempt>;
  cancel(caller: Caller, key: string, orderId: string): Promise<Attempt>;
  adjust(caller: Caller, key: string, variantId: string, delta: number): Promise<Attempt>;
  read(caller: Caller, orderId: string): Promise<Attempt>;
  /** Pays an order, or a part of it. */
  pay(caller: Caller, key: string, orderId: string, amount: Shown['total']): Promise<Attempt>;
  /** Ships all that is outstanding, or these lines. */
  ship(caller: Caller, key: string, orderId: string, lines: readonly Line[] | undefined): Promise<Attempt>;
  /** Replaces the lines of an order. */
  edit(caller: Caller, key: string, orderId: string, lines: readonly Line[]): Promise<Attempt>;
  requestReturn(caller: Caller, key: string, orderId: string, lines: readonly Line[]): Promise<Attempt>;
  /** Approves a return, then receives these lines of it; resolves with the last answer. */
  takeBack(caller: Caller, key: string, orderId: string, returnId: string, lines: readonly Line[]): Promise<Attempt>;
  /** The order as it is now; undefined when nobody says. Leaves no record. */
  show(caller: Caller, orderId: string): Promise<Shown | undefined>;
  /** Takes a new token; true when it got one. */
  signIn(caller: Caller): Promise<boolean>;
};

type Part = NonNullable<Attempt['part']>['field'];
type Asking = Pick<Attempt, 'operation' | 'key'> & { send(as: Client): Promise<Answer<Body>>; part?: Part };

/** A client of these gateways with an empty history. */
export function createChaosClient(gatewayUrls: readonly string[]): ChaosClient {
  const client = createClient({ url: gatewayUrls, attemptTimeoutMs: attemptMs });
  const history: Attempt[] = [];

  async function signIn(caller: Caller): Promise<boolean> {
    const body = { tenant: caller.slug, email: caller.email, password };
    const answer = await client.send(authApi.login, { body }).catch(() => undefined);
    if (answer?.status === 200 && answer.body.accessToken) caller.token = answer.body.accessToken;
    return answer?.status === 200;
  }

  async function attempt(caller: Caller, { operation, key, send }: Asking): Promise<Attempt> {
    const sentAt = Date.now();
    const answer = await send(client.as({ accessToken: caller.token })).catch(() => undefined);
    const facts = { operation, tenantId: caller.tenantId, callerId: caller.id, key, sentAt, answeredAt: Date.now() };
    const line: Attempt = { ...facts, ...(answer ? told(operation, answer) : { result: 'unknown' as const }) };
    history.push(line);
    if (line.status === 401) await signIn(caller);
    return line;
  }

  /** A change of an order, whose answer may be about what it made in it. */
  async function change(caller: Caller, key: string, orderId: string, asking: Pick<Asking, 'send' | 'part'>) {
    const line = await attempt(caller, { operation: 'change', key, ...asking });
    if (asking.part !== undefined && line.result === 'ok' && line.id !== undefined) {
      line.part = { field: asking.part, id: line.id };
      line.version = undefined;
    }
    // Whatever was answered: this is the order that it was about.
    line.id = orderId;
    line.content = undefined;
    return line;
  }

  return {
    history,
    pay(caller, key, orderId, amount) {
      const body = { amount, reference: key };
      const send = (as: Client) => as.send(paymentsApi.confirmPayment, { key, params: { id: orderId }, body });
      return change(caller, key, orderId, { send });
    },
    ship(caller, key, orderId, lines) {
      const body = lines && { lines: [...lines] };
      const send = (as: Client) => as.send(fulfilmentsApi.shipOrder, { key, params: { id: orderId }, body });
      return change(caller, key, orderId, { send, part: 'fulfilments' });
    },
    edit(caller, key, orderId, lines) {
      const body = { lines: [...lines] };
      const send = (as: Client) => as.send(editsApi.editOrder, { params: { id: orderId }, body });
      return change(caller, key, orderId, { send });
    },
    requestReturn(caller, key, orderId, lines) {
      const body = { lines: [...lines] };
      const send = (as: Client) => as.send(returnsApi.requestReturn, { key, params: { id: orderId }, body });
      return change(caller, key, orderId, { send, part: 'returns' });
    },
    async takeBack(caller, key, orderId, returnId, lines) {
      const params = { id: returnId };
      const approve = (as: Client) => as.send(returnsApi.approveReturn, { key: `${key}-a`, params });
      const approved = await change(caller, `${key}-a`, orderId, { send: approve, part: 'returns' });
      if (approved.result !== 'ok') return approved;
      const body = { lines: lines.map((line) => ({ ...line, condition: 'new' as const, restock: true })) };
      const receive = (as: Client) => as.send(returnsApi.receiveReturn, { key: `${key}-r`, params, body });
      return change(caller, `${key}-r`, orderId, { send: receive, part: 'returns' });
    },
    async show({ token }, orderId) {
      const as = client.as({ accessToken: token });
      const answer = await as.send(ordersApi.readOrder, { params: { id: orderId } }).catch(() => undefined);
      return answer?.status === 200 ? (answer.body as Shown) : undefined;
    },
    place(caller, key, lines) {
      const body = { lines: [...lines], metadata: { key } };
      return attempt(caller, { operation: 'place', key, send: (as) => as.send(ordersApi.placeOrder, { key, body }) });
    },
    async cancel(caller, key, orderId) {
      const send = (as: Client) => as.send(ordersApi.cancelOrder, { key, params: { id: orderId } });
      const line = await attempt(caller, { operation: 'cancel', key, send });
      line.id ??= orderId;
      return line;
    },
    adjust(caller, key, variantId, delta) {
      const body = { variantId, delta, reason: 'received' as const, note: key };
      const send = (as: Client) => as.send(adjustmentsApi.createAdjustment, { key, body });
      return attempt(caller, { operation: 'adjust', key, send });
    },
    async read(caller, orderId) {
      const send = (as: Client) => as.send(ordersApi.readOrder, { params: { id: orderId } });
      const line = await attempt(caller, { operation: 'read', key: orderId, send });
      line.id ??= orderId;
      return line;
    },
    signIn,
  };
}

const decisions: Readonly<Record<string, Decision>> = {
  insufficient_stock: 'REJECTED',
  order_cancelled: 'CANCELLED',
};

/** What an answer tells. A refusal that names the order is a decision about it; 5xx tells nothing. */
function told(operation: Attempt['operation'], { status, body }: Answer<Body>) {
  const { code, version, lines, delta } = body;
  if (status >= 500 || status === 408 || status === 429) return { result: 'unknown' as const, status, code };
  const id = operation === 'place' ? (body.id ?? body.orderId) : body.id;
  if (status >= 400) {
    const decision = operation === 'place' && id !== undefined ? decisions[code ?? ''] : undefined;
    return { result: 'failed' as const, status, code, id, decision };
  }
  const isDecided = operation === 'place' && (body.status === 'CONFIRMED' || body.status === 'AWAITING_PAYMENT');
  const decision = isDecided ? (body.status as Decision) : undefined;
  const content = operation === 'adjust' ? String(delta) : lines && contentOf(lines);
  return { result: 'ok' as const, status, id, version, content, decision };
}
