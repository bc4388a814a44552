// A client of the gateway for tests: plain HTTP, nothing hidden.
import { Agent, fetch, type RequestInit, type Response } from 'undici';

export type Answer<Body = Record<string, unknown>> = {
  status: number;
  headers: Response['headers'];
  body: Body;
  text: string;
};
export type CallOptions = {
  token?: string | undefined;
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  rawBody?: string | undefined;
  headers?: Record<string, string>;
  key?: string | undefined;
};

const dispatcher = new Agent({ connections: 256, keepAliveTimeout: 30_000 });

/** One request. The body is parsed when it is JSON. */
export async function call<Body = Record<string, unknown>>(
  gatewayUrl: string,
  method: string,
  path: string,
  { token, body, rawBody, headers = {}, key }: CallOptions = {},
): Promise<Answer<Body>> {
  const payload = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const init: RequestInit = {
    method,
    dispatcher,
    headers: {
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(key ? { 'idempotency-key': key } : {}),
      ...headers,
    },
    ...(payload === undefined ? {} : { body: payload }),
  };
  const response = await fetch(new URL(path, gatewayUrl), init);
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : {}) as Body, text };
}
