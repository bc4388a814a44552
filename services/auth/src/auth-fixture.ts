/** An auth of its own for one test file: a fresh database and stream generation on the servers of the test run. */
import { randomBytes } from 'node:crypto';
import { createLogger, type Logger } from '@holdfast/shared/telemetry';
import type { InjectOptions } from 'fastify';
import { buildApp } from './app.ts';
import { type Config, readConfig } from './config.ts';
import { type Deps, openDeps } from './deps.ts';

export const goodPassword = 'correct horse battery staple';
export const internalToken = 'internal-token-of-the-tests';

export type SignIn = { accessToken: string; refreshToken: string; user: { id: string; email: string; role: string } };
export type SignUp = SignIn & { tenant: { id: string; slug: string } };
/** Every field that a test looks into, whatever the operation. */
export type Body = SignUp & {
  id: string;
  code: string;
  errors: { pointer: string; code: string }[];
  permissions: string[];
  keys: { kid: string; kty: string }[];
  revocations: { sessionId: string; tenantId: string; revokedAt: string }[];
};
export type Answer = { status: number; body: Body; headers: Record<string, unknown> };
export type TestAuth = {
  deps: Deps;
  post(path: string, body: object, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** Signs a new business up; its slug is random unless given. */
  signUp(slug?: string): Promise<SignUp>;
  /** Registers a customer of this business. */
  register(slug: string, email?: string): Promise<SignIn>;
  close(): Promise<void>;
};

/** The configuration of a fresh database on the servers of this run. */
export function testConfig(overrides: Record<string, string> = {}): Config {
  const name = `t${randomBytes(6).toString('hex')}`;
  return readConfig({
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    MONGODB_URI: process.env.HOLDFAST_TEST_MONGODB_URI,
    REDIS_URL: process.env.HOLDFAST_TEST_REDIS_URL,
    DATABASE_NAME: `auth_${name}`,
    STREAM_GENERATION: name,
    INTERNAL_TOKEN: internalToken,
    HOLDFAST_SECRET: 'the secret of an installation in tests',
    // The cheapest hash that bcrypt makes; only the tests of timing need a real one.
    PASSWORD_COST: '4',
    ...overrides,
  });
}

/** Opens auth; two on one configuration are two replicas. */
export async function openTestAuth(
  config: Config = testConfig(),
  log: Logger = createLogger({ service: 'auth', level: 'silent' }),
): Promise<TestAuth> {
  const deps = await openDeps(config, { log });
  const app = buildApp(deps);
  await app.ready();

  async function send(options: InjectOptions): Promise<Answer> {
    const { statusCode: status, body, headers } = await app.inject(options);
    return { status, body: body === '' ? undefined : JSON.parse(body), headers };
  }
  const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
    send({ method: 'POST', url, payload, headers });

  return {
    deps,
    post,
    get: (url, headers = {}) => send({ method: 'GET', url, headers }),
    async signUp(slug = randomSlug()) {
      const owner = { name: 'Ida Berg', email: `ida@${slug}.example`, password: goodPassword };
      return expectStatus(201, await post('/v1/tenants', { name: 'Fjord Outfitters', slug, owner }));
    },
    async register(slug, email = `${randomSlug()}@customer.example`) {
      const body = { tenant: slug, name: 'Nils Dahl', email, password: goodPassword };
      return expectStatus(201, await post('/v1/auth/register', body));
    },
    async close() {
      await app.close();
      await deps.close();
    },
  };
}

/** A slug that no other test uses. */
export function randomSlug(): string {
  return `s${randomBytes(6).toString('hex')}`;
}

/** The header of this token. */
export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** The problem without what differs from request to request. */
export function problemOf({ body }: Answer): Record<string, unknown> {
  const { instance: _, traceId: __, ...rest } = body as Body & Record<string, unknown>;
  return rest;
}

function expectStatus(status: number, answer: Answer): Body {
  if (answer.status !== status) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
