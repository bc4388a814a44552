// Everything that orders works with, opened in order and closed in reverse.
import type { Domain, EventTable } from '@holdfast/shared/contracts';
import { askService } from '@holdfast/shared/http';
import { followWatermarks, type Watermarks } from '@holdfast/shared/messaging';
import type { Database } from '@holdfast/shared/persistence';
import { type OpeningService, openService, type ServiceOptions } from '@holdfast/shared/service';
import { deriveKey, partitionOf, systemClock } from '@holdfast/shared/values';
import type { Config } from './config.ts';
import { erasureEveryMs, sweepEveryMs, undecidedRefreshMs } from './limits.ts';
import { openOrderCounters, orderCounters } from './numbers/order-numbers.store.ts';
import { createOrderNumbers } from './numbers/order-numbers.ts';
import { type ChangeOrders, createOrderChanges } from './orders/change-order.ts';
import { eraseCustomers } from './orders/erase-customers.job.ts';
import { createOrderInserter } from './orders/insert-orders.ts';
import { handled, onBatch } from './orders/on-batch.ts';
import { decisions } from './orders/on-order-decided.ts';
import { stockChanges } from './orders/on-stock-changed.ts';
import { type OrderStore, openOrderStore, orders as orderCollection } from './orders/order.store.ts';
import { createOrderMemory } from './orders/order-memory.ts';
import type { OrderRoutesDeps } from './orders/orders.routes.ts';
import { type SweepDeps, sweepDueOrders } from './orders/sweep-due-orders.job.ts';
import { openPaymentProviders, paymentProviders, tenantSlugs } from './payment-providers/payment-provider.store.ts';
import type { PaymentProviderRoutesDeps } from './payment-providers/payment-providers.routes.ts';
import { readSlug } from './payment-providers/read-slug.ts';
import { type ExpireDeps, expireOrders } from './payments/expire-orders.job.ts';
import { createCustomerStore, customers as customerStates } from './projections/customers.store.ts';
import { locations as locationStates, openLocationStore } from './projections/locations.store.ts';
import { openTenantSettings, tenantSettings } from './projections/tenant-settings.store.ts';
import { createTenantSettingsCache } from './projections/tenant-settings-cache.ts';
import { createVariantCache, type VariantCache, variantChanges } from './projections/variant-cache.ts';
import { createVariantStore, variants as variantStates } from './projections/variants.store.ts';
import { availabilityPort } from './quotes/ask-availability.ts';
import { openReturnStore, returns as returnRows } from './returns/return.store.ts';
import type { ReturnRoutesDeps } from './returns/returns.routes.ts';

/** In the order of a resync. */
export const collections = [
  orderCollection,
  variantStates,
  customerStates,
  tenantSettings,
  locationStates,
  returnRows,
  orderCounters,
  paymentProviders,
  tenantSlugs,
] as const;

export type Deps = Awaited<ReturnType<typeof openDeps>>;

/** Opens everything, waiting for MongoDB if it is not there yet; Redis and auth may come later. */
export function openDeps(config: Config, options: ServiceOptions = {}) {
  return openService(
    {
      name: 'orders',
      publishes: 'orders',
      config,
      collections,
      stores: openStores,
    },
    options,
    async (service) => {
      const { stores, metrics, log } = service;
      const { REDIS_URL: redisUrl, STREAM_GENERATION: generation } = config;
      const catalog = followWatermarks({ redisUrl, generation, stream: 'catalog', consumer: 'orders', log });
      service.onClose('watermarks of the catalog', () => catalog.stop());
      const inventory = followWatermarks({ redisUrl, generation, stream: 'inventory', consumer: 'orders', log });
      service.onClose('watermarks of inventory', () => inventory.stop());
      const orders = ordersOf(stores, catalog, { ...service, config });
      metrics.gauge('order_waiters', 'Requests that wait for a decision.', () => orders.memory.waiters.count);
      const askAvailability = availabilityPort(askService(config.INVENTORY_URL, config.INTERNAL_TOKEN));
      const trust = service.startTrust(config.AUTH_URL);
      service.onClose('orders being inserted', () => orders.inserter.drain());
      const consumer = await startWork(service, orders);
      return { trust, orders, catalog, inventory, consumer, askAvailability };
    },
  );
}

type Stores = ReturnType<typeof openStores>;

function openStores(database: Database) {
  return {
    store: openOrderStore(database),
    variants: createVariantStore(database),
    customers: createCustomerStore(database),
    tenants: openTenantSettings(database),
    locations: openLocationStore(database),
    returns: openReturnStore(database),
    counters: openOrderCounters(database),
    providers: openPaymentProviders(database),
  };
}

export type Orders = OrderRoutesDeps &
  ReturnRoutesDeps &
  SweepDeps &
  ExpireDeps &
  PaymentProviderRoutesDeps & { store: OrderStore; changeOrders: ChangeOrders; variants: VariantCache };

function ordersOf(
  { store, variants, customers, tenants, locations, returns, counters, providers }: Stores,
  catalog: Watermarks,
  { log, metrics, config }: Pick<SweepDeps, 'log' | 'metrics'> & { config: Config },
): Orders {
  const memory = createOrderMemory({ store, clock: systemClock });
  const completeUntilMs = (tenantId: string) => catalog.of(partitionOf(tenantId));
  return {
    store,
    variants: createVariantCache({ projection: variants, completeUntilMs, clock: systemClock }),
    settings: createTenantSettingsCache({ projection: tenants, clock: systemClock }),
    customers,
    locations,
    returns,
    clock: systemClock,
    log,
    metrics,
    memory,
    numbers: createOrderNumbers({ counters, clock: systemClock }),
    inserter: createOrderInserter(store),
    storing: new Map(),
    providers,
    sealingKey: deriveKey(config.HOLDFAST_SECRET, 'payment-providers'),
    slugOf: readSlug(askService(config.AUTH_URL, config.INTERNAL_TOKEN)),
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
  await service.startSweep({
    name: 'orders-expire',
    everyMs: sweepEveryMs,
    run: async () => void (await expireOrders(orders)),
  });
  await service.startSweep({
    name: 'orders-erase-customers',
    everyMs: erasureEveryMs,
    run: () => eraseCustomers({ ...orders, customers: stores.customers, log }),
  });
  const refreshed = setInterval(() => {
    memory.undecided.refresh().catch((error) => log.warn({ err: error }, 'undecided orders not counted'));
  }, undecidedRefreshMs).unref();
  onClose('count of undecided orders', () => clearInterval(refreshed));
  const follow = <Context>(stream: Domain, table: EventTable<Context>, context: Context, onStart?: () => void) =>
    service.startTail({ stream, read: table.read, onEntry: (event) => table.dispatch(event, context) }, onStart);
  follow('orders', decisions, memory);
  follow('inventory', stockChanges, memory.soldOut);
  follow('catalog', variantChanges, orders.variants, orders.variants.follow);
  return consumer;
}
