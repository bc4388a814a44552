// One HTTP request to the API and its answer, whatever its status: nothing is retried,
// nothing is thrown but a lost connection.

/** What every problem of the API carries; each code may add fields of its own. */
export type Problem = { code?: string; detail?: string; orderId?: string; shortages?: Shortage[] };
type Shortage = { variantId: string; requested: number; available: number };

export type Answer<Body = Record<string, unknown>> = {
  status: number;
  headers: Headers;
  /** Parsed when the answer is JSON, else empty. */
  body: Body;
  text: string;
};

export type RequestOptions = {
  /** Access token. */
  token?: string | undefined;
  /** Idempotency-Key: makes the request safe to repeat. */
  key?: string | undefined;
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  rawBody?: string | undefined;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
};

/** Sends one request; `path` begins with a slash. */
export async function request<Body = Record<string, unknown>>(
  url: string,
  method: string,
  path: string,
  { token, key, body, rawBody, headers, signal }: RequestOptions = {},
): Promise<Answer<Body>> {
  const payload = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...headers,
    },
    ...(payload === undefined ? {} : { body: payload }),
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  // Not NDJSON, which is several values.
  const isJson = text !== '' && /^application\/(?:problem\+)?json\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : {}) as Body, text };
}
