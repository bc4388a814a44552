// The HTTP app of inventory; never listens.
import { buildServiceApp } from '@holdfast/shared/service';
import { registerAdjustmentRoutes } from './adjustments/adjustments.routes.ts';
import type { Deps } from './deps.ts';
import { addInternalRoutes } from './exports/internal.routes.ts';
import { registerLocationRoutes } from './locations/locations.routes.ts';
import { registerPurchaseOrderRoutes } from './purchase-orders/purchase-orders.routes.ts';
import {
  addInternalReconciliationRoutes,
  registerReconciliationRoutes,
} from './reconciliation/reconciliations.routes.ts';
import { addAvailabilityRoute } from './stock/availability.routes.ts';
import { registerMovementRoutes } from './stock/movements.routes.ts';
import { registerStockRoutes } from './stock/stock.routes.ts';
import { registerSupplierRoutes } from './suppliers/suppliers.routes.ts';
import { registerTransferRoutes } from './transfers/transfers.routes.ts';

/** The app on opened dependencies. */
export function buildApp(deps: Deps) {
  return buildServiceApp(deps, {
    checks: { writer: { required: false, check: () => ({ ok: true, waiting: deps.writer.waiting }) } },
    routes(app) {
      registerStockRoutes(app, deps);
      registerMovementRoutes(app, deps);
      registerAdjustmentRoutes(app, deps);
      registerLocationRoutes(app, deps);
      registerReconciliationRoutes(app, deps);
      addInternalReconciliationRoutes(app, deps.config.INTERNAL_TOKEN, deps);
      addInternalRoutes(app, deps);
      addAvailabilityRoute(app, deps.config.INTERNAL_TOKEN, deps);
      registerTransferRoutes(app, deps);
      registerSupplierRoutes(app, deps);
      registerPurchaseOrderRoutes(app, deps);
    },
  });
}
