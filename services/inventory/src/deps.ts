// Everything that inventory works with, opened in order and closed in reverse.
// Invariant: when it is open, MongoDB has the collections and indexes and the relay's first start is agreed, so that no
// write goes unpublished. Redis and auth may come later.
import { startTrust, type Trust } from '@holdfast/shared/http';
import {
  type Relay,
  type Resync,
  relayMetrics,
  type ServiceConsumer,
  startConsumer,
  startRelay,
  startResync,
  tailStreams,
} from '@holdfast/shared/messaging';
import { type Database, openDatabase } from '@holdfast/shared/persistence';
import { createMetrics, type Log, type Metrics } from '@holdfast/shared/telemetry';
import { systemClock, systemRandom } from '@holdfast/shared/values';
import { type AdjustmentWriter, createAdjustmentWriter } from './adjustments/create-adjustment.ts';
import type { Config } from './config.ts';
import { handled, onBatch } from './on-batch.ts';
import type { ReservationChange } from './reservations/reserve-stock.ts';
import { snapshots } from './snapshots.ts';
import { createKnownLevels } from './stock/known-levels.ts';
import { createStores, eventedCollections, globalCollections, prepareStores, type Stores } from './stores.ts';

export type Deps = Stores & {
  config: Config;
  log: Log;
  metrics: Metrics;
  database: Database;
  trust: Trust;
  relay: Relay;
  resync: Resync;
  consumer: ServiceConsumer;
  writer: AdjustmentWriter;
  close(): Promise<void>;
};

/** Opens everything, waiting for MongoDB if it is not there yet; aborting `signal` ends the wait. */
export async function openDeps(config: Config, { log, signal }: { log: Log; signal: AbortSignal }): Promise<Deps> {
  const metrics = createMetrics('inventory');
  const database = await openDatabase({
    uri: config.MONGODB_URI,
    name: config.DATABASE_NAME,
    evented: eventedCollections,
    global: globalCollections,
    log,
    onRefusal: () => metrics.count('tenancy_refusals_total', 'Commands that the tenancy guard refused.'),
    signal,
  });
  const stores = createStores(database);
  await prepareStores(database, stores);
  const address = { redisUrl: config.REDIS_URL, generation: config.STREAM_GENERATION };
  const relay = await startRelay({ database, ...address, domain: 'inventory', log, metrics: relayMetrics(metrics) });
  const resync = startResync({ ...address, database, domain: 'inventory', kinds: snapshots, log });
  const trust = startTrust({
    authUrl: config.AUTH_URL,
    internalToken: config.INTERNAL_TOKEN,
    log,
    follow: (onEvent) => tailStreams({ ...address, stream: 'auth', onEntry: (event) => onEvent(event), log }),
  });
  const writer = createAdjustmentWriter({ database, ...stores, clock: systemClock, random: systemRandom });
  const consumer = await startInventoryConsumer({ database, stores, address, log, metrics });
  return {
    config,
    log,
    metrics,
    database,
    ...stores,
    trust,
    relay,
    resync,
    consumer,
    writer,
    async close() {
      await writer.drain();
      await consumer.stop();
      await trust.stop();
      await resync.stop();
      await relay.stop();
      await database.close();
    },
  };
}

type ConsumerParts = {
  database: Database;
  stores: Stores;
  address: { redisUrl: string; generation: string };
  log: Log;
  metrics: Metrics;
};

/** Follows auth, the catalog and orders. New tenants and variants first: an order may name what was created just before it. */
export function startInventoryConsumer({
  database,
  stores,
  address,
  log,
  metrics,
}: ConsumerParts): Promise<ServiceConsumer> {
  const known = createKnownLevels(systemClock);
  const decided = metrics.kinds('reservation_requests_decided_total', 'Requests of orders, by outcome.');
  const onDecided = (changes: readonly ReservationChange[]) => {
    for (const { reservation } of changes) {
      const { id: orderId, tenantId, request, outcome } = reservation;
      decided.count(outcome, 1);
      log.debug({ tenantId, orderId, request, outcome }, 'request decided');
    }
  };
  return startConsumer({
    service: 'inventory',
    database,
    ...address,
    table: handled,
    drainFirst: ['auth', 'catalog'],
    mode: 'transaction',
    handle: (batch, session) => {
      if (session === undefined) throw new Error('a batch of inventory is one transaction');
      return onBatch(batch, session, { ...stores, known, clock: systemClock, onDecided });
    },
    log,
    metrics: metrics.kinds('consumer_entries_total', 'Stream entries, by what became of them.'),
  });
}
