// The HTTP application of inventory; it never listens, so tests can inject requests.
import {
  addDeadLetterRoutes,
  addResyncRoutes,
  consumerCheck,
  createHttpApp,
  databaseCheck,
  type HealthOptions,
  relayCheck,
  resyncCheck,
} from '@holdfast/shared/http';
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
  addDeadLetterRoutes(app, config.INTERNAL_TOKEN, deps.consumer.deadLetters);
  addResyncRoutes(app, config.INTERNAL_TOKEN, deps.resync);
  return app;
}

// Redis away is a lag, not an outage: orders are decided when it is back.
function healthChecks({ database, trust, relay, resync, consumer, writer }: AppDeps): HealthOptions['checks'] {
  return {
    mongodb: databaseCheck(database),
    trust: trust.check,
    relay: relayCheck(relay),
    resync: resyncCheck(resync),
    consumer: consumerCheck(consumer),
    adjustments: { required: false, check: () => ({ ok: true, waiting: writer.waiting }) },
  };
}
