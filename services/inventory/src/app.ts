// The HTTP application of inventory; it never listens, so tests can inject requests.
import { createHttpApp, type HealthOptions } from '@holdfast/shared/http';
import { registerAdjustmentRoutes } from './adjustments/adjustments.routes.ts';
import type { Deps } from './deps.ts';
import { registerLocationRoutes } from './locations/locations.routes.ts';
import { registerMovementRoutes } from './stock/movements.routes.ts';
import { registerStockRoutes } from './stock/stock.routes.ts';

export type AppDeps = Omit<Deps, 'trust' | 'close'> & { trust: Pick<Deps['trust'], 'verifier' | 'check'> };

/** Builds the application on opened dependencies. */
export function buildApp(deps: AppDeps) {
  const { config, log, metrics, trust } = deps;
  const app = createHttpApp({
    service: 'inventory',
    log,
    metrics,
    verifier: trust.verifier,
    cursorSecret: config.HOLDFAST_SECRET,
    health: { checks: healthChecks(deps) },
  });
  registerStockRoutes(app, deps);
  registerMovementRoutes(app, deps);
  registerAdjustmentRoutes(app, deps);
  registerLocationRoutes(app, deps);
  return app;
}

// Redis away is a lag, not an outage: orders are decided when it is back.
function healthChecks({ database, trust, relay, consumer, writer }: AppDeps): HealthOptions['checks'] {
  return {
    mongodb: { required: true, check: () => database.ping().then(() => ({ ok: true })) },
    trust: trust.check,
    relay: {
      required: false,
      check() {
        const { leading, lagMs, alarm } = relay.status();
        return { ok: alarm === undefined, leading, lagMs, ...(alarm ? { alarm: alarm.kind } : {}) };
      },
    },
    consumer: {
      required: false,
      check() {
        const { owned, lagMs, alarms } = consumer.status();
        return { ok: alarms.length === 0, ownedPartitions: owned.length, lagMs, alarms };
      },
    },
    adjustments: { required: false, check: () => ({ ok: true, waiting: writer.waiting }) },
  };
}
