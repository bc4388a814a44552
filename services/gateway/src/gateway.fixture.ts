// A gateway for tests: real sockets, services that tell what they were sent, a key of its own.
import type { AddressInfo } from 'node:net';
import { apiKeyRole, type ServiceName } from '@holdfast/shared/contracts';
import { ServiceAnswer } from '@holdfast/shared/http';
import { createLogger, createMetrics } from '@holdfast/shared/telemetry';
import { type AnyBody, internalToken, serveTest, type TestTokens, testTokens } from '@holdfast/shared/testing';
import fastify, { type FastifyInstance } from 'fastify';
import { createApiKeys } from './access/api-keys.ts';
import { buildApp, type Deps } from './app.ts';
import { planDescriptors } from './connections/descriptor-plan.ts';
import { idleSlotMs } from './limits.ts';
import { type BudgetLimits, createRateLimiter } from './rate-limits/rate-limiter.ts';
import { localWindows } from './rate-limits/window-store.ts';
import { createUpstreamPool } from './routing/upstream-pool.ts';
import { createLanes } from './slots/lanes.ts';

export const wideLimits: BudgetLimits = {
  anonymous: { quota: 1_000_000, windowSeconds: 60 },
  callbacks: { quota: 1_000_000, windowSeconds: 60 },
  callbacksAll: { quota: 1_000_000, windowSeconds: 60 },
  auth: { quota: 1_000_000, windowSeconds: 60 },
  user: { quota: 1_000_000, windowSeconds: 60 },
  tenant: { quota: 1_000_000, windowSeconds: 60 },
  tenantPlus: { quota: 1_000_000, windowSeconds: 60 },
  sockets: { quota: 1_000_000, windowSeconds: 60 },
};

export type Seen = { method: string; url: string; headers: Record<string, unknown>; body: string };

/** A service that answers every request with what it saw; `behave` may answer otherwise. */
export async function echoService(
  behave?: (app: FastifyInstance) => void,
): Promise<{ url: string; seen: Seen[]; app: FastifyInstance }> {
  const seen: Seen[] = [];
  const app = fastify({ forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, body: string) => body);
  behave?.(app);
  app.all('/*', async ({ method, url, headers, body }, reply) => {
    const one = { method, url, headers, body: typeof body === 'string' ? body : '' };
    seen.push(one);
    return reply.header('etag', '"7"').header('keep-alive', 'timeout=5').send(one);
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return { url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`, seen, app };
}

export type GatewayOptions = {
  urls: string[];
  limits?: BudgetLimits;
  origins?: string[];
  trustedProxies?: string[];
  descriptorLimit?: number;
  /** After this a slot is lent while its request waits for a decision. */
  idleMs?: number;
  loopPressure?: () => number;
};

export type Fixture = Awaited<ReturnType<typeof openFixture>>;

/** As auth does: keys that begin with `hf_bad` are refused; others may read stock and are the session of a token. */
async function trade(apiKey: string, tokens: TestTokens) {
  if (apiKey.startsWith('hf_bad')) throw new ServiceAnswer('/internal/api-key-tokens', 401);
  const rights = { role: apiKeyRole, permissions: ['stock:read'] as const };
  const accessToken = await tokens.sign({ ...rights, userId: apiKey, sessionId: apiKey, tenantId: 'ten_keys' });
  return { accessToken, expiresAt: new Date(Date.now() + 600_000).toISOString() };
}

/** A gateway whose services all live at these addresses. */
export async function openFixture(options: GatewayOptions) {
  const tokens = await testTokens();
  /** Keys that auth was asked about. */
  const keysAsked: string[] = [];
  const names: ServiceName[] = ['auth', 'catalog', 'inventory', 'orders', 'realtime'];
  const plan = planDescriptors(options.descriptorLimit ?? 20_000);
  const pools = Object.fromEntries(
    names.map((name) => [name, createUpstreamPool(options.urls, { connectionsMax: plan.ordersConnectionsMax })]),
  ) as Record<ServiceName, ReturnType<typeof createUpstreamPool>>;
  const app = await buildApp({
    config: {
      CORS_ORIGINS: options.origins ?? [],
      TRUSTED_PROXIES: options.trustedProxies ?? [],
      INTERNAL_TOKEN: internalToken,
      CONNECTIONS_PER_ADDRESS: 2_000,
    },
    plan,
    log: createLogger({ service: 'gateway', level: 'silent' }),
    metrics: createMetrics('gateway'),
    verifier: tokens.verifier,
    apiKeys: createApiKeys((_path, body) => {
      const { apiKey } = body as { apiKey: string };
      keysAsked.push(apiKey);
      return trade(apiKey, tokens);
    }),
    limiter: createRateLimiter(localWindows(), options.limits ?? wideLimits),
    pools,
    lanes: Object.fromEntries(
      names.map((name) => [
        name,
        createLanes(name, { replicas: options.urls.length, plan, idleMs: options.idleMs ?? idleSlotMs }),
      ]),
    ) as Deps['lanes'],
    loopPressure: options.loopPressure ?? (() => 0),
    checks: {},
  });
  const close = async () => void (await Promise.all(names.map((name) => pools[name].close())));
  return Object.assign(await serveTest<{ close(): Promise<void> }, AnyBody>({ close }, app, tokens), { keysAsked });
}
