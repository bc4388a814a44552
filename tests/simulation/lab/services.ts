// The processes of the simulated installation: the real stores, deciders, batchers, consumers and sweep of orders and
// inventory over simulated databases and streams. Invariant:
// what is wired here is what the services' deps.ts wire, with other ports.
import {
  defaultSettings,
  makeEvent,
  orderCancelled,
  orderPlaced,
  orderSnapshot,
  variantCreated,
  variantSnapshot,
} from '@holdfast/shared/contracts';

import { type SnapshotOf, snapshotsOf } from '@holdfast/shared/messaging';
import {
  asTenant,
  type Collection,
  type Database,
  isDuplicateKey,
  openCollection,
  storeEvents,
} from '@holdfast/shared/persistence';
import { every, keyText, type Stamp, stampNow, systemClock } from '@holdfast/shared/values';

import type { AdjustCommand } from '../../../services/inventory/src/adjustments/adjust-stock.ts';
import { asCreated } from '../../../services/inventory/src/adjustments/adjustment.ts';
import { toStockCommand, withForce } from '../../../services/inventory/src/adjustments/create-adjustment.ts';
import { sweepWithdrawals } from '../../../services/inventory/src/adjustments/sweep-withdrawals.job.ts';
import { removeAdjustment, updateAdjustment } from '../../../services/inventory/src/adjustments/update-adjustment.ts';
import { withdrawalSweepMs } from '../../../services/inventory/src/limits.ts';
import {
  handled as handledByInventory,
  onBatch as onInventoryBatch,
} from '../../../services/inventory/src/on-batch.ts';
import { createStockLevelCache } from '../../../services/inventory/src/stock/stock-level-cache.ts';
import { createStockWriter } from '../../../services/inventory/src/stock/stock-writer.ts';
import {
  createStores,
  documentsOf,
  collections as inventoryCollections,
} from '../../../services/inventory/src/stores.ts';
import { moveTransfer } from '../../../services/inventory/src/transfers/move-transfer.ts';
import type { StepCommand } from '../../../services/inventory/src/transfers/step-transfer.ts';
import { eventOf, type NewTransfer, newTransfer } from '../../../services/inventory/src/transfers/transfer.ts';
import { editOrder } from '../../../services/orders/src/edits/edit-order.ts';
import { deliverOrder } from '../../../services/orders/src/fulfilments/deliver-order.ts';
import { shipOrder } from '../../../services/orders/src/fulfilments/ship-order.ts';
import { openOrderCounters } from '../../../services/orders/src/numbers/order-numbers.store.ts';
import { createOrderNumbers } from '../../../services/orders/src/numbers/order-numbers.ts';
import { cancelOrder } from '../../../services/orders/src/orders/cancel-order.ts';
import { createOrderChanges } from '../../../services/orders/src/orders/change-order.ts';
import { createOrderInserter } from '../../../services/orders/src/orders/insert-orders.ts';
import { handled as handledByOrders, onBatch as onOrdersBatch } from '../../../services/orders/src/orders/on-batch.ts';
import { decisions } from '../../../services/orders/src/orders/on-order-decided.ts';
import { stockChanges } from '../../../services/orders/src/orders/on-stock-changed.ts';
import { openOrderStore, orders as orderCollection } from '../../../services/orders/src/orders/order.store.ts';
import type { Order } from '../../../services/orders/src/orders/order.ts';
import { createOrderMemory } from '../../../services/orders/src/orders/order-memory.ts';
import { type PlaceOrder, placeOrder } from '../../../services/orders/src/orders/place-order.ts';
import { sweepDueOrders } from '../../../services/orders/src/orders/sweep-due-orders.job.ts';
import { confirmPayment } from '../../../services/orders/src/payments/confirm-payment.ts';
import { expireOrders } from '../../../services/orders/src/payments/expire-orders.job.ts';
import { refundPayment } from '../../../services/orders/src/payments/refund-payment.ts';
import { createCustomerStore } from '../../../services/orders/src/projections/customers.store.ts';
import { createVariantStore } from '../../../services/orders/src/projections/variants.store.ts';
import { requestReturn } from '../../../services/orders/src/returns/request-return.ts';
import { returns as returnRows } from '../../../services/orders/src/returns/return.store.ts';
import { approveReturn, receiveReturn } from '../../../services/orders/src/returns/step-return.ts';
import type { Doc } from './mongo-filter.ts';
import { observe } from './observer.ts';
import { placesOf } from './places.ts';
import { type Platform, type Process, tenants } from './platform.ts';
import { tail } from './tail.ts';

export type OrdersApi = Awaited<ReturnType<typeof startOrders>>;
export type InventoryApi = Awaited<ReturnType<typeof startInventory>>;
export type CatalogApi = Awaited<ReturnType<typeof startCatalog>>;
export type { Order };

const sweepEveryMs = 2_000;

export async function startOrders(platform: Platform, process: Process) {
  const database = platform.database(process);
  const clock = platform.clock(process);
  const log = platform.log(process);
  await platform.relay(process, database, 'orders');
  const store = openOrderStore(database, clock);
  const memory = createOrderMemory({ store, clock });
  const changes = createOrderChanges({ store, memory, clock });
  const orders = {
    store,
    memory,
    clock,
    log: log as never,
    metrics: { count() {} },
    variants: alwaysCurrent(createVariantStore(database, clock)),
    settings: { of: async (tenantId: string) => settingsOf(platform, tenantId) },
    customers: createCustomerStore(database),
    numbers: createOrderNumbers({ counters: openOrderCounters(database), clock }),
    inserter: createOrderInserter(store, clock),
    storing: new Map(),
    ...changes,
  };
  // No tenant changes its settings or its locations here.
  const tenants = { upsert: async () => {} };
  const locations = tenants;
  const projections = {
    tenants,
    locations,
    variants: createVariantStore(database, clock),
    customers: orders.customers,
  };
  const { changeOrders } = platform.weakness.noPendingMatch
    ? createOrderChanges({ store: alwaysPending(store), memory, clock })
    : changes;
  await platform.consumer(process, database, {
    mode: 'effects-first',
    events: handledByOrders.events,
    handle: (batch) => onOrdersBatch(batch, { ...projections, changeOrders }),
  });
  every(clock, sweepEveryMs, () => sweepDueOrders(orders).then(done, done));
  every(clock, sweepEveryMs, () => expireOrders(orders).then(done, done));
  platform.resync(process, database, 'orders', [...snapshotsOf([orderCollection]), demandSnapshots]);
  tail(platform, process, 'orders', decisions, memory);
  tail(platform, process, 'inventory', stockChanges, memory.soldOut);
  const readReturn = readOne(openCollection(database, returnRows));
  const steps = {
    ...changes,
    returns: { read: (tenantId: string, id: string) => readReturn({ tenantId, id }) },
    locations: { exist: async (_tenantId: string, ids: ReadonlySet<string>) => ids },
  };
  return {
    place: (command: PlaceOrder) => asTenant(command.tenantId, () => placeOrder(command, orders)),
    cancel: (command: Parameters<typeof cancelOrder>[0]) =>
      asTenant(command.tenantId, () => cancelOrder(command, orders)),
    ship: (command: Parameters<typeof shipOrder>[0]) => asTenant(command.tenantId, () => shipOrder(command, orders)),
    deliver: (command: Parameters<typeof deliverOrder>[0]) =>
      asTenant(command.tenantId, () => deliverOrder(command, orders)),
    pay: (command: Parameters<typeof confirmPayment>[0]) =>
      asTenant(command.tenantId, () => confirmPayment(command, orders)),
    change: (command: Parameters<typeof editOrder>[0]) => asTenant(command.tenantId, () => editOrder(command, orders)),
    requestReturn: (command: Parameters<typeof requestReturn>[0]) =>
      asTenant(command.tenantId, () => requestReturn(command, orders)),
    approve: (command: Parameters<typeof approveReturn>[0]) =>
      asTenant(command.tenantId, () => approveReturn(command, steps)),
    receive: (command: Parameters<typeof receiveReturn>[0]) =>
      asTenant(command.tenantId, () => receiveReturn(command, steps)),
    refund: (command: Parameters<typeof refundPayment>[0]) =>
      asTenant(command.tenantId, () => refundPayment(command, orders)),
    edit: (command: Edit) => asTenant(command.tenantId, () => edit(command, database, stampNow(clock))),
  };
}

const done = () => {};

/** The customers of some tenants have to pay first, and soon. */
function settingsOf({ world }: Platform, tenantId: string) {
  const isPaid = (world.seed + tenantId.charCodeAt(tenantId.length - 1)) % 2 === 0;
  const paymentPolicy = isPaid ? ('before_confirm' as const) : ('none' as const);
  return { ...defaultSettings, paymentPolicy, paymentWindowSeconds: 5 };
}

/** Prices never change in a simulation, so whatever the projection has is current. */
function alwaysCurrent({ find }: ReturnType<typeof createVariantStore>) {
  return {
    find: async (tenantId: string, ids: readonly string[]) => {
      return { variants: await find(tenantId, ids), currentAtMs: Number.POSITIVE_INFINITY };
    },
  };
}

/** The store as it would look to a decider that does not compare requests: everything awaits whatever comes. */
function alwaysPending(store: ReturnType<typeof openOrderStore>): typeof store {
  return {
    ...store,
    async readMany(keys) {
      const found = await store.readMany(keys);
      const pending = { request: 1, kind: 'place' } as const;
      return new Map([...found].map(([id, order]) => [id, { ...order, pending }]));
    },
  };
}

export interface Edit {
  readonly tenantId: string;
  readonly id: string;
  /** Absolute; empty: the demand ends. */
  readonly lines: readonly { variantId: string; quantity: number }[];
}

/**
 * A demand that changes: what an order would send if it could be edited. Each call is the next request,
 * with absolute quantities.
 */
async function edit({ tenantId, id, lines }: Edit, database: Database, stamp: Stamp): Promise<void> {
  const demands = database.db.collection<Demand>('demands');
  const before = await demands.findOne({ _id: id, tenantId });
  const request = (before?.request ?? 0) + 1;
  const version = (before?.version ?? 0) + 1;
  const change = { orderId: id, customerId: null, status: 'PENDING' as const, from: null, request };
  const total = { amount: 0, currency: 'EUR' };
  const event =
    lines.length > 0
      ? makeEvent(orderPlaced, { tenantId, id, version }, stamp, { ...change, lines: [...lines], total })
      : makeEvent(orderCancelled, { tenantId, id, version }, stamp, { ...change, reason: 'requested', lines: [] });
  const fields = { request, lines, version, events: storeEvents([event]) };
  if (before === null) await demands.insertMany([{ _id: id, tenantId, ...fields }]);
  else await demands.updateOne({ _id: id, tenantId, version: before.version }, { $set: fields });
}

type Demand = { _id: string; tenantId: string; version: number; request: number; lines: Edit['lines'] };

/** Snapshots of demands, as of orders. */
const demandSnapshots: SnapshotOf<Demand> = {
  collection: 'demands',
  toSnapshot({ _id: orderId, tenantId, request, lines }, { version }) {
    const demand = { orderId, customerId: null, request, isPending: false, total: { amount: 0, currency: 'EUR' } };
    const ended = { status: 'CANCELLED' as const, lines: [{ variantId: 'none', quantity: 1 }] };
    const wanted = lines.length > 0 ? { status: 'PENDING' as const, lines: [...lines] } : ended;
    const about = { tenantId, id: orderId, version };
    return { event: makeEvent(orderSnapshot, about, stampNow(systemClock), { ...demand, ...wanted }) };
  },
};

export async function startInventory(platform: Platform, process: Process) {
  const database = platform.database(process);
  const clock = platform.clock(process);
  await platform.relay(process, database, 'inventory');
  const stores = createStores(database);
  const { world } = platform;
  const places = tenants.flatMap((tenantId) => placesOf(world.seed, tenantId, world.now()));
  await stores.locations.insertMissing(places.map((after) => ({ after })));
  const { noRequestNumber } = platform.weakness;
  const reservations = noRequestNumber ? alwaysOlder(stores.reservations) : stores.reservations;
  const deps = { ...stores, reservations, levelCache: createStockLevelCache(clock), clock };
  await platform.consumer(process, database, {
    mode: 'transaction',
    drainFirst: ['catalog'],
    events: handledByInventory.events,
    handle: (batch, session) => onInventoryBatch(batch, session!, deps),
  });
  platform.resync(process, database, 'inventory', snapshotsOf(inventoryCollections));
  const documents = documentsOf(stores);
  const writer = createStockWriter({ database, ...stores, documents, clock, random: platform.world.chance });
  const log = platform.log(process) as never;
  every(clock, withdrawalSweepMs, () => sweepWithdrawals({ ...stores, writer, clock, log }).then(done, done));
  const ports = { writer, reservations: holdersOf(platform), adjustments: { read: readOne(stores.adjustments) } };
  return {
    async adjust({ force, ...command }: AdjustCommand & { force: boolean }) {
      const attempt = (holderIds?: readonly string[]) => writer.add(toStockCommand(command, holderIds));
      const { adjustment } = await withForce(command, force, attempt, ports);
      return asCreated(adjustment, command);
    },
    patch: (command: Parameters<typeof updateAdjustment>[0]) =>
      asTenant(command.tenantId, () => updateAdjustment(command, ports)),
    remove: (command: Parameters<typeof removeAdjustment>[0]) =>
      asTenant(command.tenantId, () => removeAdjustment(command, ports)),
    plan: (plan: Omit<NewTransfer, 'createdAt'>) =>
      asTenant(plan.tenantId, async () => {
        const stamp = stampNow(clock);
        const after = newTransfer({ ...plan, createdAt: stamp.now });
        await stores.transfers.insert([{ after, events: [eventOf(after, stamp)] }]).catch((error) => {
          if (!isDuplicateKey(error)) throw error;
        });
      }),
    step: (command: StepCommand) =>
      asTenant(command.tenantId, () =>
        moveTransfer(command, { ...ports, transfers: { read: readOne(stores.transfers) } }),
      ),
  };
}

/** Who holds stock, newest first: a hint, which the decision reads again. */
function holdersOf({ stores }: Platform) {
  return {
    async ordersHolding(variantId: string, locationId: string, limit: number) {
      const holds = (one: Doc) => one.variantId === variantId && one.locationId === locationId;
      const held = stores.inventory.all('reservations').filter(({ state }) => state === 'held');
      const holding = held.filter(({ allocations }) => allocations.some(holds));
      return holding
        .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
        .slice(0, limit)
        .map(({ _id }) => _id);
    },
  };
}

/** Reading one is reading many: queries of one document are not simulated. */
function readOne<Entity extends { id: string; tenantId: string }>({ readMany }: Pick<Collection<Entity>, 'readMany'>) {
  return async ({ tenantId, id }: { tenantId?: string; id: string }) =>
    (await readMany([{ tenantId: tenantId!, id }])).get(keyText(tenantId!, id));
}

/**
 * The store as it would look to a decider that knows no request numbers:
 * every request is greater than what was decided.
 */
function alwaysOlder(store: ReturnType<typeof createStores>['reservations']): typeof store {
  return {
    ...store,
    async readMany(keys, session) {
      const found = await store.readMany(keys, session);
      return new Map([...found].map(([key, reservation]) => [key, { ...reservation, request: 0 }]));
    },
  };
}

export interface NewVariant {
  readonly tenantId: string;
  readonly variantId: string;
  readonly initialStock: number;
}

type Variant = {
  _id: string;
  tenantId: string;
  version: number;
  data: Parameters<typeof variantSnapshot.data.parse>[0];
};

const variantSnapshots: SnapshotOf<Variant> = {
  collection: 'variants',
  toSnapshot({ _id: id, tenantId, data }, { version }) {
    const stamp = stampNow(systemClock);
    return { event: makeEvent(variantSnapshot, { tenantId, id, version }, stamp, variantSnapshot.data.parse(data)) };
  },
};

export async function startCatalog(platform: Platform, process: Process) {
  const database = platform.database(process);
  const clock = platform.clock(process);
  await platform.relay(process, database, 'catalog');
  platform.resync(process, database, 'catalog', [variantSnapshots]);
  return {
    async create({ tenantId, variantId, initialStock }: NewVariant): Promise<void> {
      const price = { amount: 100, currency: 'EUR' };
      const names = { productId: 'prd_1', productName: 'Cap', sku: variantId, options: {}, reorderLevel: 0 };
      const data = { ...names, variantId, price, forSale: true, initialStock };
      const event = makeEvent(variantCreated, { tenantId, id: variantId, version: 1 }, stampNow(clock), data);
      const document = { _id: variantId, tenantId, version: 1, data, events: storeEvents([event]) };
      const variants = database.db.collection<typeof document>('variants');
      await asTenant(tenantId, () => variants.insertMany([document]));
    },
  };
}

export async function startObserver(platform: Platform, process: Process): Promise<object> {
  const database = platform.database(process);
  await platform.consumer(process, database, { mode: 'transaction', handle: observe(database) });
  return {};
}
