// The HTTP app of the catalog; never listens.

import { createHttpApp } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from './deps.ts';
import { registerProductRoutes } from './products/product.routes.ts';
import { registerVariantRoutes } from './variants/variant.routes.ts';

/** The app on opened dependencies. */
export function buildApp({ config, log, metrics, database, trust, relay, catalog }: Deps): FastifyInstance {
  const app = createHttpApp({
    service: 'catalog',
    log,
    metrics,
    verifier: trust.verifier,
    cursorSecret: config.HOLDFAST_SECRET,
    health: {
      checks: {
        mongodb: { required: true, check: () => database.ping().then(() => ({ ok: true })) },
        auth: trust.check,
        relay: {
          required: false,
          check: () => {
            const { leading, lagMs, alarm } = relay.status();
            return { ok: alarm === undefined, leading, lagMs, ...(alarm ? { alarm: alarm.kind } : {}) };
          },
        },
      },
    },
  });
  registerProductRoutes(app, catalog);
  registerVariantRoutes(app, catalog);
  return app;
}
