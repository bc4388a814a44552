// Builds the gateway: the one public door. Never listens.
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import { allOperations, type ServiceName } from '@holdfast/shared/contracts';
import { createHttpApp, type HealthCheck, type Verifier } from '@holdfast/shared/http';
import type { Logger, Metrics } from '@holdfast/shared/telemetry';
import type { FastifyInstance } from 'fastify';
import { addAdmission } from './access/admit.ts';
import type { ApiKeys } from './access/api-keys.ts';
import { addCompression } from './answers/compress-answers.ts';
import type { Config } from './config.ts';
import type { DescriptorPlan } from './connections/descriptor-plan.ts';
import { descriptorCheck, watchConnections } from './connections/watch-connections.ts';
import { addDocsRoutes } from './docs/docs.routes.ts';
import { anonymousPerAddressMax, socketTokenTimeoutMs } from './limits.ts';
import type { RateLimiter } from './rate-limits/rate-limiter.ts';
import { addServiceRoutes } from './routing/proxy.routes.ts';
import { methodsOf, routes } from './routing/routes.ts';
import { createPlaces } from './routing/socket-places.ts';
import { addSocketRoutes } from './routing/sockets.routes.ts';
import { measureUpstreams } from './routing/upstream-metrics.ts';
import type { UpstreamPool } from './routing/upstream-pool.ts';
import { createWaitingRoom } from './routing/waiting.ts';
import { addShedding } from './shedding/shed.ts';
import type { Lanes } from './slots/lanes.ts';

export type Deps = {
  config: Pick<Config, 'CORS_ORIGINS' | 'TRUSTED_PROXIES' | 'INTERNAL_TOKEN' | 'CONNECTIONS_PER_ADDRESS'>;
  /** How many connections of which kind this process may have. */
  plan: DescriptorPlan;
  log: Logger;
  metrics: Metrics;
  verifier: Verifier;
  apiKeys: ApiKeys;
  limiter: RateLimiter;
  pools: Record<ServiceName, UpstreamPool>;
  lanes: Record<ServiceName, Lanes>;
  /** How hard pressed the event loop is: 0 to 4. */
  loopPressure: () => number;
  checks: Record<string, HealthCheck>;
};

const exposedHeaders = [
  'etag',
  'idempotency-replayed',
  'link',
  'location',
  'preference-applied',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'traceparent',
  'x-cache',
  'x-request-id',
];

async function addBrowserPolicies(app: FastifyInstance, origins: string[]): Promise<void> {
  await app.register(helmet, {
    // Every app sets it already, without building it anew for each request; the pages under /docs have their own.
    contentSecurityPolicy: false,
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: true },
    referrerPolicy: { policy: 'no-referrer' },
  });
  await app.register(cors, {
    origin: origins.length > 0 ? origins : false,
    credentials: false,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders,
    maxAge: 600,
    strictPreflight: false,
  });
}

/** The gateway over these dependencies; await `ready()`, inject or listen. */
export async function buildApp(deps: Deps): Promise<FastifyInstance> {
  const { config, plan, log, metrics, verifier, apiKeys, limiter, pools, lanes, loopPressure, checks } = deps;
  const app = createHttpApp({
    service: 'gateway',
    log,
    metrics,
    rawBodies: true,
    metricsToken: config.INTERNAL_TOKEN,
    trustProxy: config.TRUSTED_PROXIES,
    health: { checks: { ...checks, descriptors: descriptorCheck(plan) } },
  });
  const connections = watchConnections(app, {
    plan,
    perAddressMax: config.CONNECTIONS_PER_ADDRESS,
    proxies: config.TRUSTED_PROXIES,
    metrics,
  });
  app.holdfast.operations.push(...allOperations);
  for (const { path } of routes) for (const method of methodsOf(path)) app.holdfast.methods.add(method, path, true);
  await addBrowserPolicies(app, config.CORS_ORIGINS);
  addShedding(app, { loopPressure, lanes, metrics });
  addCompression(app);
  addDocsRoutes(app);
  const places = createPlaces({
    socketsMax: plan.socketsMax,
    anonymousPerAddressMax,
    tokenTimeoutMs: socketTokenTimeoutMs,
  });
  metrics.gauge('sockets_open', 'Sockets of clients, signed in or not yet.', places.count);
  addSocketRoutes(app, { pool: pools.realtime, origins: config.CORS_ORIGINS, limiter, places, connections });
  measureUpstreams(metrics, pools, lanes);
  app.register(async (scope) => {
    addAdmission(scope, { verifier, apiKeys, limiter, connections });
    const waitingRoom = createWaitingRoom(plan.ordersConnectionsMax);
    for (const service of Object.keys(pools) as ServiceName[]) {
      addServiceRoutes(scope, { service, pool: pools[service], lanes: lanes[service], waitingRoom });
    }
  });
  return app;
}
