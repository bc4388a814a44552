// The HTTP app of orders; never listens.
import type { HealthCheck } from '@holdfast/shared/http';
import { buildServiceApp } from '@holdfast/shared/service';
import { registerArchiveRoutes } from './archive/archive.routes.ts';
import type { Deps } from './deps.ts';
import { registerEditRoutes } from './edits/edits.routes.ts';
import { registerFulfilmentRoutes } from './fulfilments/fulfilments.routes.ts';
import { priceStalenessMs } from './limits.ts';
import { addInternalOrderRoutes } from './orders/internal.routes.ts';
import { registerOrderRoutes } from './orders/orders.routes.ts';
import { addReconciliationRoutes } from './orders/reconciliation.routes.ts';
import { registerPaymentProviderRoutes } from './payment-providers/payment-providers.routes.ts';
import { registerPaymentRoutes } from './payments/payments.routes.ts';
import { registerQuoteRoutes } from './quotes/quotes.routes.ts';
import { registerReturnRoutes } from './returns/returns.routes.ts';

/** The app on opened dependencies. */
export function buildApp(deps: Deps) {
  return buildServiceApp(deps, {
    checks: { prices: pricesCheck(deps) },
    routes(app) {
      registerOrderRoutes(app, deps.orders);
      registerFulfilmentRoutes(app, deps.orders);
      registerPaymentRoutes(app, deps.orders);
      registerReturnRoutes(app, deps.orders);
      registerEditRoutes(app, deps.orders);
      registerArchiveRoutes(app, deps.orders);
      registerQuoteRoutes(app, { ...deps.orders, askAvailability: deps.askAvailability });
      registerPaymentProviderRoutes(app, deps.orders);
      addInternalOrderRoutes(app, deps.config.INTERNAL_TOKEN, deps.orders);
      const { orders, inventory } = deps;
      addReconciliationRoutes(app, deps.config.INTERNAL_TOKEN, { ...orders, inventory });
    },
  });
}

/** Degraded while prices are too old to sell at, in some partition. */
function pricesCheck({ catalog }: Pick<Deps, 'catalog'>): HealthCheck {
  return {
    required: false,
    check() {
      const oldestMs = catalog.oldest();
      const ageMs = oldestMs === undefined ? undefined : Math.max(0, Date.now() - oldestMs);
      return { ok: ageMs !== undefined && ageMs <= priceStalenessMs, ageMs };
    },
  };
}
