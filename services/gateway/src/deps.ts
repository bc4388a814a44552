// Opens and closes everything the gateway holds. Nothing here waits for another process:
// auth and Redis may come up later.
import type { ServiceName } from '@holdfast/shared/contracts';
import { askService, startTrust } from '@holdfast/shared/http';
import { type Closeable, descriptorLimit, type OpenOptions, openParts } from '@holdfast/shared/process';
import { connectRedis } from '@holdfast/shared/redis';
import { createMetrics, type Logger } from '@holdfast/shared/telemetry';
import { createApiKeys } from './access/api-keys.ts';
import type { Deps } from './app.ts';
import type { Config } from './config.ts';
import { planDescriptors } from './connections/descriptor-plan.ts';
import { serviceCheck } from './health/services-health.ts';
import { descriptorsWantedMin, waitingAnswerTimeoutMs } from './limits.ts';
import { createRateLimiter } from './rate-limits/rate-limiter.ts';
import { createWindowStore } from './rate-limits/window-store.ts';
import { createUpstreamPool } from './routing/upstream-pool.ts';
import { watchLoop } from './shedding/pressure.ts';
import { createLanes } from './slots/lanes.ts';

function limiterFor(config: Config, log: Logger) {
  const redis = connectRedis(config.REDIS_CACHE_URL, { purpose: 'gateway-limits' });
  const store = createWindowStore(redis, (error) =>
    log.warn({ err: error }, 'rate limits are counted by this process alone'),
  );
  const limiter = createRateLimiter(config.RATE_LIMITS === 'on' ? store : undefined, {
    anonymous: config.RATE_LIMIT_ANONYMOUS,
    callbacks: config.RATE_LIMIT_CALLBACKS,
    callbacksAll: config.RATE_LIMIT_CALLBACKS_ALL,
    auth: config.RATE_LIMIT_AUTH,
    user: config.RATE_LIMIT_USER,
    tenant: config.RATE_LIMIT_TENANT,
    tenantPlus: config.RATE_LIMIT_TENANT_PLUS,
    sockets: config.RATE_LIMIT_SOCKETS,
  });
  return { redis, limiter };
}

/** Everything that buildApp needs. */
export function openDeps(config: Config, options: OpenOptions): Promise<Deps & Closeable> {
  const { log } = options;
  const { REDIS_URL: redisUrl, STREAM_GENERATION: generation } = config;
  const urls: Record<ServiceName, string[]> = {
    auth: config.AUTH_URL,
    catalog: config.CATALOG_URL,
    inventory: config.INVENTORY_URL,
    orders: config.ORDERS_URL,
    realtime: config.REALTIME_URL,
  };
  const names = Object.keys(urls) as ServiceName[];
  const plan = planDescriptors(descriptorLimit());
  if (plan.limit < descriptorsWantedMin) {
    log.warn({ limit: plan.limit, wanted: descriptorsWantedMin }, 'few file descriptors: raise the limit (ulimit -n)');
  }
  const poolOf = (name: ServiceName) => {
    if (name === 'orders') {
      const limits = { connectionsMax: plan.ordersConnectionsMax, answerTimeoutMs: waitingAnswerTimeoutMs };
      return createUpstreamPool(urls[name], limits);
    }
    return createUpstreamPool(urls[name], { connectionsMax: plan.serviceConnectionsMax });
  };
  return openParts(options, ({ onClose }) => {
    const pools = Object.fromEntries(names.map((name) => [name, poolOf(name)])) as Deps['pools'];
    onClose('connections to services', () => Promise.all(names.map((name) => pools[name].close())));
    const { redis, limiter } = limiterFor(config, log);
    onClose('rate limits', () => redis.disconnect());
    const trust = startTrust({
      authUrl: config.AUTH_URL.join(','),
      internalToken: config.INTERNAL_TOKEN,
      log,
      streams: redisUrl ? { redisUrl, generation } : undefined,
    });
    onClose('trust', () => trust.stop());
    const loop = watchLoop();
    onClose('event loop', () => loop.stop());
    return {
      config,
      plan,
      log,
      metrics: createMetrics('gateway'),
      verifier: trust.verifier,
      apiKeys: createApiKeys(askService(config.AUTH_URL.join(','), config.INTERNAL_TOKEN)),
      limiter,
      pools,
      loopPressure: loop.level,
      lanes: Object.fromEntries(
        names.map((name) => [name, createLanes(name, { replicas: urls[name].length, plan })]),
      ) as Deps['lanes'],
      checks: {
        trust: trust.check,
        'redis-cache': { required: false, check: async () => ({ ok: (await redis.ping()) === 'PONG' }) },
        ...Object.fromEntries(names.map((name) => [name, serviceCheck(urls[name], pools[name].states)])),
      },
    };
  });
}
