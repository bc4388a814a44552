// The HTTP app of the catalog; never listens.

import { addResyncRoutes, createHttpApp, databaseCheck, relayCheck, resyncCheck } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from './deps.ts';
import { registerProductRoutes } from './products/product.routes.ts';
import { registerVariantRoutes } from './variants/variant.routes.ts';

/** The app on opened dependencies. */
export function buildApp({ config, log, metrics, database, trust, relay, resync, catalog }: Deps): FastifyInstance {
  const app = createHttpApp({
    service: 'catalog',
    log,
    metrics,
    verifier: trust.verifier,
    cursorSecret: config.HOLDFAST_SECRET,
    health: {
      checks: {
        mongodb: databaseCheck(database),
        auth: trust.check,
        relay: relayCheck(relay),
        resync: resyncCheck(resync),
      },
    },
  });
  registerProductRoutes(app, catalog);
  registerVariantRoutes(app, catalog);
  addResyncRoutes(app, config.INTERNAL_TOKEN, resync);
  return app;
}
