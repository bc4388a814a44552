// The HTTP app of a service with a database: its own routes,
// beside what operators and probes find in every one of them.
import type { FastifyInstance } from 'fastify';
import { createHttpApp, type HealthOptions, type Trust } from '../http/index.ts';
import type { ServiceConsumer } from '../messaging/index.ts';
import { addDeadLetterRoutes } from './dead-letter.routes.ts';
import type { Service } from './open-service.ts';
import { addResyncRoutes } from './resync.routes.ts';
import { consumerCheck, databaseCheck, relayCheck, resyncCheck } from './standard-checks.ts';

/** A service as its app sees it; a service that consumes no events has no consumer. */
export type ServedService = Pick<Service, 'name' | 'config' | 'log' | 'metrics' | 'database' | 'relay' | 'resync'> & {
  readonly trust: Pick<Trust, 'verifier' | 'check'>;
  readonly consumer?: ServiceConsumer;
};

export interface ServiceAppOptions {
  /** Checks besides the standard ones. */
  readonly checks?: HealthOptions['checks'];
  readonly routes: (app: FastifyInstance) => void;
}

/** The app on an opened service; it never listens, so tests can inject requests. */
export function buildServiceApp(service: ServedService, { checks = {}, routes }: ServiceAppOptions): FastifyInstance {
  const { name, config, log, metrics, trust, resync, consumer } = service;
  const app = createHttpApp({
    service: name,
    log,
    metrics,
    verifier: trust.verifier,
    cursorSecret: config.HOLDFAST_SECRET,
    health: { checks: { ...standardChecks(service), ...checks } },
  });
  routes(app);
  addResyncRoutes(app, config.INTERNAL_TOKEN, resync);
  if (consumer) addDeadLetterRoutes(app, config.INTERNAL_TOKEN, consumer.deadLetters);
  return app;
}

function standardChecks({ database, trust, relay, resync, consumer }: ServedService): HealthOptions['checks'] {
  return {
    mongodb: databaseCheck(database),
    auth: trust.check,
    relay: relayCheck(relay),
    resync: resyncCheck(resync),
    ...(consumer ? { consumer: consumerCheck(consumer) } : {}),
  };
}
