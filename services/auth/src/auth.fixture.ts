// An auth of its own for one test file: a fresh database and stream generation on the servers of the test run.
import type { Logger } from '@holdfast/shared/telemetry';
import { serveTest, type TestAnswer, testName, testSettings, testTokens } from '@holdfast/shared/testing';
import type { Clock } from '@holdfast/shared/values';
import { buildApp } from './app.ts';
import { type Config, readConfig } from './config.ts';
import { type Deps, openDeps } from './deps.ts';

export const goodPassword = 'correct horse battery staple';

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
export type Answer = TestAnswer<Body>;
export type Fixture = Awaited<ReturnType<typeof openFixture>>;

/** The configuration of a fresh database; two services on one are two replicas. */
export function testConfig(more: Record<string, string> = {}): Config {
  // The cheapest hash that bcrypt makes; only the tests of timing need a real one.
  return readConfig(testSettings('auth', { PASSWORD_COST: '4', ...more }));
}

type FixtureOptions = { config?: Config; log?: Logger; clock?: Clock };

/** Opens auth; who asks is told by the tokens that it has signed itself. */
export async function openFixture({ config = testConfig(), ...options }: FixtureOptions = {}) {
  const deps = await openDeps(config, options);
  const service = await serveTest<Deps, Body>(deps, buildApp(deps), await testTokens());
  const anybody = service.as();
  return {
    ...service,
    /** Signs a new business up; its slug is random unless given. */
    async signUp(slug = testName('s')): Promise<SignUp> {
      const owner = { name: 'Ida Berg', email: `ida@${slug}.example`, password: goodPassword };
      return expectStatus(201, await anybody.post('/v1/tenants', { name: 'Fjord Outfitters', slug, owner }));
    },
    /** Registers a customer of this business. */
    async register(slug: string, email = `${testName('c')}@customer.example`): Promise<SignIn> {
      const body = { tenant: slug, name: 'Nils Dahl', email, password: goodPassword };
      return expectStatus(201, await anybody.post('/v1/auth/register', body));
    },
  };
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
