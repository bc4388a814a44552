// Support for the tests of orders on real servers: an own database and stream generation, the real service and its HTTP
// application. The test plays the catalog and inventory by handing their events to the batch handler.
import { randomUUID } from 'node:crypto';
import {
  type DomainEvent,
  makeEvent,
  type Role,
  reservationHeld,
  reservationRejected,
  variantCreated,
} from '@holdfast/shared/contracts';
import { type Batch, messagingCollections, startRelay } from '@holdfast/shared/messaging';
import { asSystem, asTenant, asTenants, createIndexes, openDatabase, storeEvents } from '@holdfast/shared/persistence';
import { openTestService, type TestAnswer, testServers, testSettings, until } from '@holdfast/shared/testing';
import { type Clock, type Log, newId, silentLog, stampNow, systemClock } from '@holdfast/shared/values';
import { buildApp } from './app.ts';
import { type Config, readConfig } from './config.ts';
import { type Deps, type Orders, openDeps } from './deps.ts';
import { type ChangeOrderDeps, createOrderChanges } from './orders/change-order.ts';
import { onBatch } from './orders/on-batch.ts';
import type { OrderDocument } from './orders/order.store.ts';
import { createRecentOrders } from './orders/recent-orders.ts';
import { sweepDueOrders } from './orders/sweep-due-orders.job.ts';
import { createCustomerStore } from './projections/customers.store.ts';
import { openLocationStore } from './projections/locations.store.ts';
import { openTenantSettings } from './projections/tenant-settings.store.ts';
import { variantChanges } from './projections/variant-cache.ts';
import { createVariantStore } from './projections/variants.store.ts';

/** A clock that is ahead by this. */
export const clockIn = (ms: number): Clock => ({ ...systemClock, now: () => new Date(Date.now() + ms) });

/** What a process remembers that has not placed the orders: nothing. */
export const elsewhere: ChangeOrderDeps['memory'] = { recent: createRecentOrders(), onChanged() {} };

type Body = Record<string, unknown> & { id: string };
export type Answer = TestAnswer<Body>;
export type Sending = { body?: unknown; key?: string; prefer?: string; userId?: string; role?: Role; ifMatch?: number };
export type Settings = {
  redisUrl?: string | undefined;
  inventoryUrl?: string | undefined;
  /** What is to be different in this process. */
  change?: (orders: Orders) => Orders;
};
const same = (orders: Orders) => orders;
export type Fixture = Awaited<ReturnType<typeof openFixture>>;

/** Opens orders on a new database and a new generation of streams, with a tenant and a variant that can be ordered. */
export async function openFixture({ redisUrl = testServers().redisUrl, inventoryUrl, change = same }: Settings = {}) {
  const inventory: Record<string, string> = inventoryUrl === undefined ? {} : { INVENTORY_URL: inventoryUrl };
  const config = readConfig(testSettings('orders', { REDIS_URL: redisUrl, ...inventory }));
  const catalog = await openCatalog(config);
  const opened = await openDeps(config);
  const service = await openTestService<Deps, Body>({ ...opened, orders: change(opened.orders) }, buildApp);
  const { orders, database } = service.deps;
  const tenantId = service.tenant();
  const projections = {
    tenants: openTenantSettings(database),
    variants: createVariantStore(database),
    customers: createCustomerStore(database),
    locations: openLocationStore(database),
  };

  /** Hands events to the batch handler of a process that differs in these. */
  async function deliverTo(process: Partial<ChangeOrderDeps>, ...events: DomainEvent[]): Promise<void> {
    const { changeOrders } = createOrderChanges({ ...orders, ...process });
    const batch = batchOf(events);
    await asTenants(batch.tenantIds, 'orders.batch', () => onBatch(batch, { ...projections, changeOrders }));
    // The tail of the catalog sees them too.
    for (const event of events) variantChanges.dispatch(event, orders.variants);
  }

  /** A customer's request by default. */
  function send(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, sending: Sending = {}): Promise<Answer> {
    const { body, key, prefer, userId = 'usr_a', role = 'CUSTOMER', ifMatch } = sending;
    const headers = {
      ...(key ? { 'idempotency-key': key } : {}),
      ...(prefer ? { prefer } : {}),
      ...(ifMatch ? { 'if-match': `"${ifMatch}"` } : {}),
    };
    return service.as({ tenantId, role, userId }).send(method, url, body as object | undefined, headers);
  }

  const variantId = newId('var');
  const line = (quantity = 1) => ({ lines: [{ variantId, quantity }] });
  await deliverTo({}, variantEvent(tenantId, variantId));
  await until(() => service.deps.catalog.oldest(), { what: 'it is known how current prices are' });
  return {
    ...service,
    catalog,
    tenantId,
    variantId,
    line,
    send,
    /** What a token of this user sends. */
    headers: (userId: string) => service.tokens.bearer({ tenantId, role: 'CUSTOMER', userId }),
    place: (key: string = randomUUID(), prefer = 'respond-async', body: unknown = line()) =>
      send('POST', '/v1/orders', { body, key, prefer }),
    deliver: (...events: DomainEvent[]) => deliverTo({}, ...events),
    deliverTo,
    sweepAt: (clock: Clock, log: Log = silentLog) =>
      sweepDueOrders({ ...orders, clock, log, ...createOrderChanges({ ...orders, clock }) }),
    stored: async (id: string) => {
      const collection = database.db.collection<OrderDocument>('orders');
      return (await asTenant(tenantId, () => collection.findOne({ tenantId, _id: id })))!;
    },
    /** Inventory's answer to a request of an order. */
    outcome(kind: 'held' | 'rejected', orderId: string, request = 1, tenant = tenantId): DomainEvent {
      const about = { tenantId: tenant, id: orderId, version: request };
      const allocations = [{ variantId, locationId: 'loc_m', quantity: 1 }];
      const shortages = [{ variantId, requested: 1, available: 0 }];
      return kind === 'held'
        ? makeEvent(reservationHeld, about, stampNow(systemClock), { orderId, request, allocations })
        : makeEvent(reservationRejected, about, stampNow(systemClock), { orderId, request, shortages });
    },
    async close(): Promise<void> {
      await service.close();
      await catalog.close();
    },
  };
}

/** The catalog as others see it: its relay, publishing what the test writes. */
async function openCatalog({ MONGODB_URI: uri, DATABASE_NAME, REDIS_URL: redisUrl, STREAM_GENERATION }: Config) {
  const name = `${DATABASE_NAME}-catalog`;
  const database = await openDatabase({
    uri,
    name,
    evented: ['changes'],
    global: [...messagingCollections.global, 'ticks'],
  });
  await createIndexes(database, [
    { collection: 'changes', indexes: [] },
    { collection: 'ticks', indexes: [] },
  ]);
  const start = () =>
    startRelay({ database, redisUrl, domain: 'catalog', generation: STREAM_GENERATION, log: silentLog });
  let relay = await start();
  const changes = database.db.collection<{ _id: string; tenantId: string; events: unknown[] }>('changes');
  return {
    async publish(event: DomainEvent): Promise<void> {
      const document = { _id: event.id, tenantId: event.tenantid, events: storeEvents([event]) };
      await asTenant(event.tenantid, () => changes.insertOne(document));
    },
    /** A write without an event: it advances the clock of the database. */
    tick: () => asSystem('fixture', () => database.db.collection('ticks').insertOne({})),
    stopRelay: () => relay.stop(),
    async startRelay(): Promise<void> {
      relay = await start();
    },
    async close(): Promise<void> {
      await relay.stop();
      await database.close();
    },
  };
}

function batchOf(events: readonly DomainEvent[]): Batch {
  const entries = events.map((event, n) => ({ domain: 'inventory', partition: 0, id: `1-${n}`, event }));
  return { entries, tenantIds: new Set(events.map((event) => event.tenantid)) };
}

/** A variant for 5.00 EUR, as the catalog publishes it. */
export function variantEvent(
  tenantId: string,
  variantId: string,
  { version = 1, forSale = true, amount = 500 } = {},
): DomainEvent {
  const names = { productId: 'prd_1', productName: 'Cap', sku: `SKU-${variantId}`, options: {} };
  const price = { amount, currency: 'EUR' };
  const data = { ...names, variantId, price, forSale, initialStock: 1, reorderLevel: 0 };
  return makeEvent(variantCreated, { tenantId, id: variantId, version }, stampNow(systemClock), data);
}
