// Everything this service opens, in order, and closes in reverse.
// Invariant: when it is open, MongoDB has the collections and indexes and the first start of the relay is agreed: orders may be taken.
import { startTrust, type Trust } from '@holdfast/shared/http';
import { type Sweep, startSweep } from '@holdfast/shared/jobs';
import {
  messagingCollections,
  type Relay,
  type Resync,
  relayMetrics,
  type ServiceConsumer,
  startConsumer,
  startRelay,
  startResync,
  type TailOptions,
  tailStreams,
} from '@holdfast/shared/messaging';
import { createIndexes, type Database, openDatabase } from '@holdfast/shared/persistence';
import { createLogger, createMetrics, type Log, type Metrics } from '@holdfast/shared/telemetry';
import { systemClock, systemPacing } from '@holdfast/shared/values';
import type { Config } from './config.ts';
import { sweepEveryMs, undecidedRefreshMs } from './limits.ts';
import { type ChangeOrders, createOrderChanges } from './orders/change-order.ts';
import { createOrderInserter } from './orders/insert-orders.ts';
import { handled, onBatch } from './orders/on-batch.ts';
import { decisions } from './orders/on-order-decided.ts';
import { stockChanges } from './orders/on-stock-changed.ts';
import { type OrderStore, openOrderStore } from './orders/order.store.ts';
import { createOrderMemory } from './orders/order-memory.ts';
import type { OrderRoutesDeps } from './orders/orders.routes.ts';
import { snapshots } from './orders/snapshots.ts';
import { type SweepDeps, sweepDueOrders } from './orders/sweep-due-orders.job.ts';
import { type CustomerStore, createCustomerStore, customerIndexes } from './projections/customers.store.ts';
import { createKnownVariants, type KnownVariants, variantChanges } from './projections/known-variants.ts';
import { createVariantStore, type VariantStore, variantIndexes } from './projections/variants.store.ts';

export type Deps = {
  config: Config;
  log: Log;
  metrics: Metrics;
  database: Database;
  trust: Trust;
  relay: Relay;
  resync: Resync;
  consumer: ServiceConsumer;
  orders: Orders;
  close(): Promise<void>;
};

type Stores = { store: OrderStore; variants: VariantStore; known: KnownVariants; customers: CustomerStore };

/** Opens everything, waiting for MongoDB if it is not there yet; Redis and auth may come later. */
export async function openDeps(config: Config, options: { log?: Log; signal?: AbortSignal } = {}): Promise<Deps> {
  const { log = createLogger({ service: 'orders', level: config.LOG_LEVEL }), signal } = options;
  const metrics = createMetrics('orders');
  const database = await openDatabase({
    uri: config.MONGODB_URI,
    name: config.DATABASE_NAME,
    evented: ['orders'],
    global: [...messagingCollections.global],
    log,
    onRefusal: () => metrics.count('tenancy_refusals_total', 'Commands that the tenancy guard refused.'),
    ...(signal ? { signal } : {}),
  });
  const store = openOrderStore(database);
  const variants = createVariantStore(database);
  const known = createKnownVariants(variants, systemClock);
  const stores = { store, variants, known, customers: createCustomerStore(database) };
  await createIndexes(database, [store.model, variantIndexes, customerIndexes]);
  const orders = ordersOf(stores, log);
  const streams = { redisUrl: config.REDIS_URL, generation: config.STREAM_GENERATION, log };
  const trust = startTrust({
    authUrl: config.AUTH_URL,
    internalToken: config.INTERNAL_TOKEN,
    log,
    follow: (onEntry) => tailStreams({ ...streams, stream: 'auth', onEntry }),
  });
  const work = await startWork(database, streams, { stores, orders, log, metrics });
  metrics.gauge('order_waiters', 'Requests that wait for a decision.', () => orders.memory.waiters.count);
  return {
    config,
    log,
    metrics,
    database,
    trust,
    orders,
    relay: work.relay,
    resync: work.resync,
    consumer: work.consumer,
    async close() {
      await work.stop();
      await orders.inserter.drain();
      await trust.stop();
      await database.close();
    },
  };
}

type Orders = OrderRoutesDeps & SweepDeps & { store: OrderStore; changeOrders: ChangeOrders };

function ordersOf({ store, known, customers }: Stores, log: Log): Orders {
  const memory = createOrderMemory({ store, clock: systemClock, pacing: systemPacing });
  return {
    store,
    variants: known,
    customers,
    clock: systemClock,
    log,
    memory,
    inserter: createOrderInserter(store),
    storing: new Map(),
    ...createOrderChanges({ store, memory, clock: systemClock }),
  };
}

type Streams = { redisUrl: string; generation: string; log: Log };
type WorkDeps = { stores: Stores; orders: Orders; log: Log; metrics: Metrics };

/** What runs beside the requests: relay, consumer, the tail of own events, the sweep, the count of undecided orders. */
async function startWork(database: Database, streams: Streams, { stores, orders, log, metrics }: WorkDeps) {
  const { memory } = orders;
  const relay = await startRelay({ ...streams, database, domain: 'orders', metrics: relayMetrics(metrics) });
  const resync = startResync({ ...streams, database, domain: 'orders', kinds: snapshots });
  const consumer = await startConsumer({
    ...streams,
    database,
    service: 'orders',
    table: handled,
    mode: 'effects-first',
    handle: (batch) => onBatch(batch, { ...stores, changeOrders: orders.changeOrders }),
    metrics: metrics.kinds('consumer_events_total', 'What happened to events that were read, by kind.'),
  });
  const sweep: Sweep = await startSweep({
    ...streams,
    name: 'orders-due',
    everyMs: sweepEveryMs,
    run: async () => void (await sweepDueOrders(orders)),
  });
  const refreshed = setInterval(() => {
    memory.undecided.refresh().catch((error) => log.warn({ err: error }, 'undecided orders not counted'));
  }, undecidedRefreshMs).unref();
  const tails = [
    startTailInBackground({
      ...streams,
      stream: 'orders',
      read: decisions.read,
      onEntry: (event) => decisions.dispatch(event, memory),
    }),
    startTailInBackground({
      ...streams,
      stream: 'inventory',
      read: stockChanges.read,
      onEntry: (event) => stockChanges.dispatch(event, memory.soldOut),
    }),
    startTailInBackground(
      {
        ...streams,
        stream: 'catalog',
        read: variantChanges.read,
        onEntry: (event) => variantChanges.dispatch(event, stores.known),
      },
      stores.known.follow,
    ),
  ];
  return {
    relay,
    resync,
    consumer,
    async stop() {
      clearInterval(refreshed);
      await Promise.all([
        consumer.stop(),
        sweep.stop(),
        resync.stop(),
        relay.stop(),
        ...tails.map((tail) => tail.stop()),
      ]);
    },
  };
}

/** Redis may be away for long: the tail starts when it can, and the service does not wait for it. */
function startTailInBackground(options: TailOptions, onStart = () => {}): { stop(): Promise<void> } {
  let stopping = false;
  const tail = tailStreams(options);
  const stop = async () => (await tail).stop();
  tail.then(() => (stopping ? stop() : onStart())).catch((error) => options.log.error({ err: error }, 'tail failed'));
  return {
    async stop() {
      stopping = true;
      // Still waiting for Redis: it stops itself when it gets there.
      await Promise.race([stop(), new Promise((resolve) => setImmediate(resolve))]);
    },
  };
}
