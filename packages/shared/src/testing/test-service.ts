// A service in a test: its real app on its real dependencies, asked without a port, by whoever the test wants to be.
import type { FastifyInstance } from 'fastify';
import type { Verifier } from '../http/index.ts';
import { newId } from '../values/index.ts';
import { type TestTokens, type TokenFacts, testTokens } from './tokens.ts';

export type TestMethod = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE' | 'HEAD';
export type TestAnswer<Body> = { status: number; body: Body; headers: Record<string, unknown> };
export type TestHeaders = Readonly<Record<string, string>>;

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape, each checked where it is used
export type AnyBody = any;

/** Requests of one caller. */
export type TestCaller<Body> = {
  send(method: TestMethod, url: string, body?: object, headers?: TestHeaders): Promise<TestAnswer<Body>>;
  get(url: string, headers?: TestHeaders): Promise<TestAnswer<Body>>;
  post(url: string, body?: object, headers?: TestHeaders): Promise<TestAnswer<Body>>;
  patch(url: string, body: object, headers?: TestHeaders): Promise<TestAnswer<Body>>;
  put(url: string, body: object, headers?: TestHeaders): Promise<TestAnswer<Body>>;
  delete(url: string, headers?: TestHeaders): Promise<TestAnswer<Body>>;
};

/** Who asks: a token, or what one made for the test says; nobody without it. */
export type Who = string | TokenFacts;

export type TestService<Deps, Body> = {
  deps: Deps;
  app: FastifyInstance;
  tokens: TestTokens;
  as(who?: Who): TestCaller<Body>;
  /** The id of a tenant that nobody else uses. */
  tenant(): string;
  /** Closes the app, then the dependencies. */
  close(): Promise<void>;
};

type ServiceDeps = { trust: { verifier: Verifier }; close(): Promise<void> };

/** Header of an Idempotency-Key. */
export const withKey = (key: string): TestHeaders => ({ 'idempotency-key': key });

/** The service on opened dependencies; tokens that the test signs are trusted instead of auth's. */
export async function openTestService<Deps extends ServiceDeps, Body>(
  opened: Deps,
  build: (deps: Deps) => FastifyInstance | Promise<FastifyInstance>,
): Promise<TestService<Deps, Body>> {
  const tokens = await testTokens();
  const deps = { ...opened, trust: { ...opened.trust, verifier: tokens.verifier } };
  return serveTest(deps, await build(deps), tokens);
}

/** The same for a service whose own tokens are the ones that count. */
export async function serveTest<Deps extends Pick<ServiceDeps, 'close'>, Body>(
  deps: Deps,
  app: FastifyInstance,
  tokens: TestTokens,
): Promise<TestService<Deps, Body>> {
  await app.ready();
  const bearer = async (who: Who | undefined) => {
    if (who === undefined) return {};
    return typeof who === 'string' ? { authorization: `Bearer ${who}` } : tokens.bearer(who);
  };
  const as = (who?: Who): TestCaller<Body> => {
    const send: TestCaller<Body>['send'] = async (method, url, body, headers = {}) => {
      const sent = { method, url, headers: { ...(await bearer(who)), ...headers } };
      const answer = await app.inject(body === undefined ? sent : { ...sent, payload: body });
      const parsed = answer.body === '' ? undefined : answer.json();
      return { status: answer.statusCode, body: parsed as Body, headers: answer.headers };
    };
    return {
      send,
      get: (url, headers) => send('GET', url, undefined, headers),
      post: (url, body, headers) => send('POST', url, body, headers),
      patch: (url, body, headers) => send('PATCH', url, body, headers),
      put: (url, body, headers) => send('PUT', url, body, headers),
      delete: (url, headers) => send('DELETE', url, undefined, headers),
    };
  };
  return {
    deps,
    app,
    tokens,
    as,
    tenant: () => newId('ten'),
    async close() {
      await app.close();
      await deps.close();
    },
  };
}
