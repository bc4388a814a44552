// Everything that orders works with, opened in order and closed in reverse.
import type { Domain, EventTable } from '@holdfast/shared/contracts';
import type { Database } from '@holdfast/shared/persistence';
import { type OpeningService, openService, type ServiceOptions } from '@holdfast/shared/service';
import type { Log } from '@holdfast/shared/telemetry';
import { systemClock } from '@holdfast/shared/values';
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
import { createCustomerStore, customerIndexes } from './projections/customers.store.ts';
import { createKnownVariants, variantChanges } from './projections/known-variants.ts';
import { createVariantStore, variantIndexes } from './projections/variants.store.ts';

export type Deps = Awaited<ReturnType<typeof openDeps>>;

/** Opens everything, waiting for MongoDB if it is not there yet; Redis and auth may come later. */
export function openDeps(config: Config, options: ServiceOptions = {}) {
  return openService(
    {
      name: 'orders',
      publishes: 'orders',
      config,
      collections: [],
      evented: ['orders'],
      stores: openStores,
      indexes: ({ store }) => [store.model, variantIndexes, customerIndexes],
      snapshots,
    },
    options,
    async (service) => {
      const { stores, metrics, log } = service;
      const orders = ordersOf(stores, log);
      metrics.gauge('order_waiters', 'Requests that wait for a decision.', () => orders.memory.waiters.count);
      const trust = service.startTrust(config.AUTH_URL);
      service.onClose('orders being inserted', () => orders.inserter.drain());
      const consumer = await startWork(service, orders);
      return { trust, orders, consumer };
    },
  );
}

type Stores = ReturnType<typeof openStores>;

function openStores(database: Database) {
  const variants = createVariantStore(database);
  const known = createKnownVariants(variants, systemClock);
  return { store: openOrderStore(database), variants, known, customers: createCustomerStore(database) };
}

type Orders = OrderRoutesDeps & SweepDeps & { store: OrderStore; changeOrders: ChangeOrders };

function ordersOf({ store, known, customers }: Stores, log: Log): Orders {
  const memory = createOrderMemory({ store, clock: systemClock });
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

/** What runs beside the requests: the consumer, the sweep, the count of undecided orders, the tails. */
async function startWork(service: OpeningService<Config, Stores>, orders: Orders) {
  const { stores, log, onClose } = service;
  const { memory } = orders;
  const consumer = await service.startConsumer({
    table: handled,
    mode: 'effects-first',
    handle: (batch) => onBatch(batch, { ...stores, changeOrders: orders.changeOrders }),
  });
  await service.startSweep({
    name: 'orders-due',
    everyMs: sweepEveryMs,
    run: async () => void (await sweepDueOrders(orders)),
  });
  const refreshed = setInterval(() => {
    memory.undecided.refresh().catch((error) => log.warn({ err: error }, 'undecided orders not counted'));
  }, undecidedRefreshMs).unref();
  onClose('count of undecided orders', () => clearInterval(refreshed));
  const follow = <Context>(stream: Domain, table: EventTable<Context>, context: Context, onStart?: () => void) =>
    service.startTail({ stream, read: table.read, onEntry: (event) => table.dispatch(event, context) }, onStart);
  follow('orders', decisions, memory);
  follow('inventory', stockChanges, memory.soldOut);
  follow('catalog', variantChanges, stores.known, stores.known.follow);
  return consumer;
}
