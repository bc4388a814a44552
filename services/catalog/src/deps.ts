// Everything this service opens, in order, and closes in reverse.
// Invariant: when it is open, MongoDB has the collections and indexes and the first start of the relay is agreed: writes may be taken.
import { startTrust, type Trust } from '@holdfast/shared/http';
import {
  messagingCollections,
  type Relay,
  type Resync,
  relayMetrics,
  startRelay,
  startResync,
  tailStreams,
} from '@holdfast/shared/messaging';
import { createIndexes, type Database, openDatabase } from '@holdfast/shared/persistence';
import { createLogger, createMetrics, type Log, type Metrics } from '@holdfast/shared/telemetry';
import { systemClock } from '@holdfast/shared/values';
import type { Catalog } from './catalog.ts';
import type { Config } from './config.ts';
import { createProductStore, productsCollection } from './products/product.store.ts';
import { snapshots } from './snapshots.ts';
import { createVariantStore, variantsCollection } from './variants/variant.store.ts';

export type Deps = {
  config: Config;
  log: Log;
  metrics: Metrics;
  database: Database;
  trust: Trust;
  relay: Relay;
  resync: Resync;
  catalog: Catalog;
  close(): Promise<void>;
};

/** Opens everything, waiting for MongoDB if it is not there yet; Redis and auth may come later. */
export async function openDeps(config: Config, options: { log?: Log; signal?: AbortSignal } = {}): Promise<Deps> {
  const { log = createLogger({ service: 'catalog', level: config.LOG_LEVEL }), signal } = options;
  const metrics = createMetrics('catalog');
  const database = await openDatabase({
    uri: config.MONGODB_URI,
    name: config.DATABASE_NAME,
    evented: [productsCollection, variantsCollection],
    global: messagingCollections.global,
    log,
    onRefusal: () => metrics.count('tenancy_refusals_total', 'Commands that the tenancy guard refused.'),
    ...(signal ? { signal } : {}),
  });
  const products = createProductStore(database);
  const variants = createVariantStore(database);
  await createIndexes(database, [products.model, variants.model]);
  const streams = { redisUrl: config.REDIS_URL, generation: config.STREAM_GENERATION, log };
  const relay = await startRelay({ ...streams, database, domain: 'catalog', metrics: relayMetrics(metrics) });
  const resync = startResync({ ...streams, database, domain: 'catalog', kinds: snapshots });
  const trust = startTrust({
    authUrl: config.AUTH_URL,
    internalToken: config.INTERNAL_TOKEN,
    log,
    follow: (onEntry) => tailStreams({ ...streams, stream: 'auth', onEntry }),
  });
  return {
    config,
    log,
    metrics,
    database,
    trust,
    relay,
    resync,
    catalog: { database, products, variants, clock: systemClock },
    async close() {
      await Promise.all([trust.stop(), resync.stop(), relay.stop()]);
      await database.close();
    },
  };
}
