// Everything that orders works with, opened in order and closed in reverse.
import type { Database } from '@holdfast/shared/persistence';
import { type OpeningService, openService, type ServiceOptions } from '@holdfast/shared/service';
import type { Log } from '@holdfast/shared/telemetry';
import { systemClock } from '@holdfast/shared/values';
import type { Config } from './config.ts';
import { sweepEveryMs, undecidedRefreshMs } from './limits.ts';
import { createDecisionWaiters } from './orders/decision-waiters.ts';
import { createOrderInserter } from './orders/insert-orders.ts';
import { handledEvents, onBatch } from './orders/on-batch.ts';
import { onOrderChanged, tellsOfDecision } from './orders/on-order-changed.ts';
import { openOrderStore } from './orders/order.store.ts';
import { variantIdsOf } from './orders/order.ts';
import type { OrderRoutesDeps } from './orders/orders.routes.ts';
import { createRecentOrders } from './orders/recent-orders.ts';
import { snapshots } from './orders/snapshots.ts';
import { createSoldOut } from './orders/sold-out.ts';
import { sweepDueOrders } from './orders/sweep-due-orders.job.ts';
import { createUndecidedOrders } from './orders/undecided-orders.ts';
import { createCustomerStore, customerIndexes } from './projections/customers.store.ts';
import { createKnownVariants } from './projections/known-variants.ts';
import { createVariantStore, variantIndexes } from './projections/variants.store.ts';

export type Deps = Awaited<ReturnType<typeof openDeps>>;

type Stores = ReturnType<typeof openStores>;

/** Opens everything, waiting for MongoDB if it is not there yet; Redis and auth may come later. */
export function openDeps(config: Config, options: ServiceOptions = {}) {
  return openService(
    {
      name: 'orders',
      publishes: 'orders',
      config,
      evented: ['orders'],
      stores: openStores,
      indexes: ({ store }) => [store.model, variantIndexes, customerIndexes],
      snapshots,
    },
    options,
    async (service) => {
      const { stores, metrics, log } = service;
      const orders = ordersOf(stores, log);
      metrics.gauge('order_waiters', 'Requests that wait for a decision.', () => orders.waiters.count);
      const trust = service.startTrust(config.AUTH_URL);
      service.onClose('orders being inserted', () => orders.inserter.drain());
      const consumer = await startWork(service, orders);
      return { trust, orders, consumer };
    },
  );
}

function openStores(database: Database) {
  const variants = createVariantStore(database);
  const known = createKnownVariants(variants, systemClock);
  return { store: openOrderStore(database), variants, known, customers: createCustomerStore(database) };
}

function ordersOf(stores: Stores, log: Log): OrderRoutesDeps {
  const waiters = createDecisionWaiters();
  const recent = createRecentOrders();
  const soldOut = createSoldOut(systemClock);
  return {
    store: stores.store,
    variants: stores.known,
    customers: stores.customers,
    clock: systemClock,
    log,
    waiters,
    inserter: createOrderInserter(stores.store),
    soldOut,
    undecided: createUndecidedOrders(stores.store),
    storing: new Map(),
    recent,
    onChanged(order) {
      recent.forget([order.id]);
      if (order.status === 'CANCELLED') soldOut.release(order.tenantId, variantIdsOf(order));
      waiters.wake(order.id, order);
    },
  };
}

/** What runs beside the requests: the consumer, the sweep, the count of undecided orders, the tails. */
async function startWork(service: OpeningService<Config, Stores>, orders: OrderRoutesDeps) {
  const { stores, log } = service;
  const consumer = await service.startConsumer({
    domains: ['auth', 'catalog', 'inventory'],
    events: handledEvents,
    mode: 'effects-first',
    handle: (batch) =>
      onBatch(batch, { ...stores, recent: orders.recent, clock: orders.clock, onDecided: orders.onChanged }),
  });
  await service.startSweep({
    name: 'orders-due',
    everyMs: sweepEveryMs,
    run: async () => void (await sweepDueOrders({ ...orders, log })),
  });
  const refreshed = setInterval(() => {
    orders.undecided.refresh().catch((error) => log.warn({ err: error }, 'undecided orders not counted'));
  }, undecidedRefreshMs).unref();
  service.onClose('count of undecided orders', () => clearInterval(refreshed));
  service.startTail({
    stream: 'orders',
    concerns: tellsOfDecision,
    onEntry: (event) => onOrderChanged(event, orders),
  });
  service.startTail({ stream: 'inventory', concerns: orders.soldOut.concerns, onEntry: orders.soldOut.onEvent });
  service.startTail({ stream: 'catalog', onEntry: stores.known.onEvent }, stores.known.follow);
  return consumer;
}
