/** The HTTP application of auth; it never listens, so tests can inject requests. */
import { addResyncRoutes, createHttpApp, databaseCheck, relayCheck, resyncCheck } from '@holdfast/shared/http';
import type { Deps } from './deps.ts';
import { addJwksRoute } from './keys/jwks.routes.ts';
import { addRevocationRoutes } from './revocations/revocations.routes.ts';
import { addSessionRoutes } from './sessions/sessions.routes.ts';
import { addTenantRoutes } from './tenants/tenants.routes.ts';
import { addUserRoutes } from './users/users.routes.ts';

/** Builds the application on opened dependencies. */
export function buildApp(deps: Deps) {
  const { config, log, metrics, verifier, database, relay, resync } = deps;
  const app = createHttpApp({
    service: 'auth',
    log,
    metrics,
    verifier,
    cursorSecret: config.HOLDFAST_SECRET,
    health: { checks: { database: databaseCheck(database), relay: relayCheck(relay), resync: resyncCheck(resync) } },
  });
  addJwksRoute(app, deps);
  addRevocationRoutes(app, deps);
  addResyncRoutes(app, config.INTERNAL_TOKEN, resync);
  addTenantRoutes(app, deps);
  addUserRoutes(app, deps);
  addSessionRoutes(app, deps);
  return app;
}
