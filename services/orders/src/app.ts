// The HTTP app of orders; never listens.
import { buildServiceApp } from '@holdfast/shared/service';
import type { Deps } from './deps.ts';
import { registerOrderRoutes } from './orders/orders.routes.ts';

/** The app on opened dependencies. */
export function buildApp(deps: Deps) {
  return buildServiceApp(deps, { routes: (app) => registerOrderRoutes(app, deps.orders) });
}
