// The HTTP app of orders; never listens.
import {
  addDeadLetterRoutes,
  addResyncRoutes,
  consumerCheck,
  createHttpApp,
  databaseCheck,
  relayCheck,
  resyncCheck,
} from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from './deps.ts';
import { registerOrderRoutes } from './orders/orders.routes.ts';

export function buildApp({
  config,
  log,
  metrics,
  database,
  trust,
  relay,
  resync,
  consumer,
  orders,
}: Deps): FastifyInstance {
  const app = createHttpApp({
    service: 'orders',
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
        consumer: consumerCheck(consumer),
      },
    },
  });
  registerOrderRoutes(app, orders);
  addDeadLetterRoutes(app, config.INTERNAL_TOKEN, consumer.deadLetters);
  addResyncRoutes(app, config.INTERNAL_TOKEN, resync);
  return app;
}
