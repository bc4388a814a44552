// The client against a server that answers as it is told and writes down what it was asked.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { authApi, catalogApi, ordersApi } from '@holdfast/shared/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiProblem, type ClientOptions, createClient, NoAnswer } from './index.ts';

type Asked = { method: string; url: string; headers: IncomingHttpHeaders; body: unknown };
/** What the server does with a request: an answer, or `undefined` to cut the connection. */
type Reply = { status: number; body?: unknown; headers?: Record<string, string> } | undefined;

let asked: Asked[];
let reply: (request: Asked, n: number) => Reply;
let url: string;
const server = createServer(async (request, response) => {
  let text = '';
  for await (const part of request) text += part;
  const { method = '', headers } = request;
  const one = { method, url: request.url!, headers, body: text === '' ? undefined : JSON.parse(text) };
  asked.push(one);
  const answer = reply(one, asked.length);
  if (!answer) return request.socket.destroy();
  const type = answer.status < 300 ? 'application/json' : 'application/problem+json';
  response.writeHead(answer.status, { 'content-type': type, ...answer.headers });
  response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
});

beforeEach(async () => {
  asked = [];
  reply = () => ({ status: 200, body: { data: [], nextCursor: null } });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const client = (options: Partial<ClientOptions> = {}) => createClient({ url, pauseMaxMs: 1, ...options });
const order = { body: { lines: [{ variantId: 'var_1', quantity: 1 }] } };
const keys = () => asked.map(({ headers }) => headers['idempotency-key']);
const busy = { status: 503, body: { code: 'unavailable', detail: 'Not now.' } };

describe('a request', () => {
  it('is made of the operation, its parameters and who asks, where that matters', async () => {
    const anna = client().as({ accessToken: 'token-of-anna' });
    await anna.call(catalogApi.readVariant, { params: { id: 'a/b' } });
    await anna.call(ordersApi.listOrders, { query: { limit: 5, status: 'CONFIRMED', customerId: undefined } });
    await anna.call(authApi.login, { body: { tenant: 't', email: 'e', password: 'p' } });
    expect(asked.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      'GET /v1/variants/a%2Fb',
      'GET /v1/orders?limit=5&status=CONFIRMED',
      'POST /v1/auth/login',
    ]);
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-of-anna',
      'Bearer token-of-anna',
      undefined,
    ]);
    expect(asked[2]!.body).toEqual({ tenant: 't', email: 'e', password: 'p' });
  });

  it('goes to the gateways in turn', async () => {
    const { port } = new URL(url);
    const both = client({ url: [url, `http://localhost:${port}`] });
    for (let n = 0; n < 4; n += 1) await both.as(undefined).call(ordersApi.listOrders);
    const hosts = asked.map(({ headers }) => headers.host?.split(':')[0]);
    expect(hosts).toEqual(['127.0.0.1', 'localhost', '127.0.0.1', 'localhost']);
  });

  it('carries a key of its own where the operation takes one, or the given one', async () => {
    await client().call(ordersApi.placeOrder, order);
    await client().call(ordersApi.placeOrder, { ...order, key: 'mine' });
    await client().call(ordersApi.listOrders);
    expect(keys()).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), 'mine', undefined]);
  });
});

describe('an answer', () => {
  it('that is a problem is thrown with its code and fields', async () => {
    const shortages = [{ variantId: 'var_1', requested: 2, available: 1 }];
    reply = () => ({ status: 409, body: { code: 'insufficient_stock', detail: 'Too few.', shortages } });
    const error = await client()
      .call(ordersApi.placeOrder, order)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiProblem);
    expect(error).toMatchObject({ status: 409, code: 'insufficient_stock', problem: { shortages } });
    expect(asked).toHaveLength(1);
  });

  it('without content is undefined', async () => {
    reply = () => ({ status: 204 });
    expect(await client().call(authApi.logout, { body: { refreshToken: 'r' } })).toBeUndefined();
  });

  it('is returned as it is by `send` and `request`, after one attempt', async () => {
    reply = () => busy;
    expect(await client().send(ordersApi.placeOrder, order)).toMatchObject({ status: 503, body: busy.body });
    expect(keys()).toEqual([undefined]);
    expect(await client().request('GET', '/v1/nothing')).toMatchObject({ status: 503 });
    reply = () => undefined;
    await expect(client().send(ordersApi.listOrders)).rejects.toBeInstanceOf(NoAnswer);
    expect(asked).toHaveLength(3);
  });
});

describe('another attempt', () => {
  it('is made with the same key when the service is busy or the answer got lost', async () => {
    reply = (_request, n) => [busy, undefined, { status: 504 }, { status: 201, body: { id: 'ord_1' } }][n - 1];
    expect(await client().call(ordersApi.placeOrder, order)).toEqual({ id: 'ord_1' });
    expect(new Set(keys()).size).toBe(1);
    expect(asked).toHaveLength(4);
  });

  it('is not made of what could be done twice: no key, and nobody knows what became of it', async () => {
    reply = () => undefined;
    const login = client().call(authApi.login, { body: { tenant: 't', email: 'e', password: 'p' } });
    await expect(login).rejects.toBeInstanceOf(NoAnswer);
    expect(asked).toHaveLength(1);
  });

  it('is not made of a refusal, unless it passes by itself', async () => {
    reply = () => ({ status: 422, body: { code: 'unknown_variant' } });
    await expect(client().call(ordersApi.placeOrder, order)).rejects.toMatchObject({ code: 'unknown_variant' });
    expect(asked).toHaveLength(1);
    const patient = client({ retryOn: ['unknown_variant'], attemptsMax: 3 });
    await expect(patient.call(ordersApi.placeOrder, order)).rejects.toMatchObject({ code: 'unknown_variant' });
    expect(asked).toHaveLength(4);
  });

  it('waits as long as Retry-After asks, and no longer than the client allows', async () => {
    reply = (_request, n) => (n === 1 ? { ...busy, headers: { 'retry-after': '60' } } : { status: 201, body: {} });
    const startedAt = performance.now();
    await client({ pauseMaxMs: 50 }).call(ordersApi.placeOrder, order);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(49);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('is made of a call that no gateway could take', async () => {
    const nobody = client({ url: 'http://127.0.0.1:9', attemptsMax: 2 });
    await expect(nobody.call(authApi.createTenant, { body: {} as never })).rejects.toBeInstanceOf(NoAnswer);
  });
});

describe('a session', () => {
  it('is renewed once, however many calls find their token expired', async () => {
    let traded = 0;
    reply = ({ url: path, headers }) => {
      if (path === '/v1/auth/refresh') {
        traded += 1;
        return { status: 200, body: { accessToken: 'new', refreshToken: 'r2', expiresIn: 600 } };
      }
      const isNew = headers.authorization === 'Bearer new';
      return isNew
        ? { status: 200, body: { data: [], nextCursor: null } }
        : { status: 401, body: { code: 'unauthenticated' } };
    };
    const stored: unknown[] = [];
    const session = { accessToken: 'old', refreshToken: 'r1' };
    const anna = client({ session, onSession: (renewed) => void stored.push(renewed) });
    await Promise.all(Array.from({ length: 5 }, () => anna.call(ordersApi.listOrders)));
    expect(traded).toBe(1);
    expect(anna.session).toEqual({ accessToken: 'new', refreshToken: 'r2' });
    expect(stored).toEqual([anna.session]);
  });

  it('that cannot be renewed ends with the refusal', async () => {
    reply = () => ({ status: 401, body: { code: 'unauthenticated' } });
    const anna = client({ session: { accessToken: 'old', refreshToken: 'r1' } });
    await expect(anna.call(ordersApi.listOrders)).rejects.toMatchObject({ status: 401 });
    expect(asked.map(({ url: path }) => path)).toEqual(['/v1/orders', '/v1/auth/refresh']);
  });
});
