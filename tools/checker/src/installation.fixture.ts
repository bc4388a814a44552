// A small sound installation, written by hand into real servers: one tenant, one variant, one order of each fate. Tests
// break it in one place and see what the checker says.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerHandle, startRedis } from '@holdfast/devstack';
import { consumersOf, type StreamName } from '@holdfast/shared/contracts';
import { connectRedis, positionKey, type Redis, streamKey } from '@holdfast/shared/redis';
import { derivedId, newId, partitionCount } from '@holdfast/shared/values';
import mongoose, { type mongo } from 'mongoose';
import { type Attempt, contentOf } from './history.ts';
import type { DatabaseNames, Installation } from './installation.ts';

export type Planted = {
  installation: Installation;
  client: mongo.MongoClient;
  redis: Redis;
  db(service: keyof DatabaseNames): mongo.Db;
  facts: typeof facts;
  /** Puts everything back as it was. */
  plant(): Promise<void>;
  close(): Promise<void>;
};

const generation = 'check';
const tenantId = newId('ten');
const variantId = newId('var');
const customerId = newId('usr');
const locationId = derivedId('loc', tenantId, 'main');
const levelId = derivedId('lvl', tenantId, variantId, locationId);
const keyOf = (key: string) => derivedId('ord', tenantId, customerId, 'orders.place', key);
const orders = {
  confirmed: keyOf('confirmed'),
  rejected: keyOf('rejected'),
  cancelled: keyOf('cancelled'),
  shipped: keyOf('shipped'),
};
const adjustmentId = derivedId('adj', tenantId, customerId, 'adjustments.create', 'adjusted');

/** The ids of what was planted, and what its client was told. */
export const facts = {
  tenantId,
  variantId,
  customerId,
  locationId,
  levelId,
  orders,
  adjustmentId,
  history: [
    told('place', 'confirmed', { id: orders.confirmed, decision: 'CONFIRMED', version: 2, status: 201 }),
    told('place', 'rejected', { id: orders.rejected, decision: 'REJECTED', result: 'failed', status: 409 }),
    told('place', 'cancelled', { id: orders.cancelled, decision: 'CONFIRMED', version: 2, status: 201 }),
    told('cancel', 'cancel', { id: orders.cancelled, version: 3, status: 200 }),
    told('place', 'shipped', { id: orders.shipped, decision: 'CONFIRMED', version: 2, status: 201 }),
    told('adjust', 'adjusted', { id: adjustmentId, content: '5', status: 201 }),
    told('place', 'nobody knows', { result: 'unknown' }),
  ],
};

function told(operation: Attempt['operation'], key: string, answer: Partial<Attempt>): Attempt {
  const content = answer.decision === 'CONFIRMED' ? contentOf([{ variantId, quantity: 3 }]) : undefined;
  const asked = { operation, tenantId, callerId: customerId, key, sentAt: 1_000, answeredAt: 2_000 };
  return { ...asked, result: 'ok', content, ...answer };
}

/** Servers of its own where it counts keys, databases of its own elsewhere. */
export async function plantInstallation(mongodbUri: string): Promise<Planted> {
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-checker-'));
  const server: ServerHandle = await startRedis({ kind: 'streams', dataDir });
  const suffix = `_${newId('req').slice(-12)}`;
  const services = ['auth', 'catalog', 'inventory', 'orders', 'realtime'] as const;
  const databases = Object.fromEntries(services.map((name) => [name, `${name}${suffix}`])) as DatabaseNames;
  const client = await new mongoose.mongo.MongoClient(mongodbUri).connect();
  const redis = connectRedis(server.uri, { purpose: 'checker-test' });
  const db = (service: keyof DatabaseNames) => client.db(databases[service]);
  return {
    installation: { mongodbUri, redisUrl: server.uri, databases, generation },
    client,
    redis,
    db,
    facts,
    async plant() {
      await redis.flushall();
      for (const service of services) {
        for (const { name } of await db(service).listCollections().toArray())
          await db(service).collection(name).deleteMany({});
      }
      for (const [service, collection, rows] of rowsOf()) {
        const stored = isEvented(service, collection) ? rows.map((row) => ({ ...row, events: [] })) : rows;
        await db(service).collection<mongo.Document>(collection).insertMany(stored);
      }
      await plantStreams(redis);
    },
    async close() {
      redis.disconnect();
      await client.close();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const evented = new Set([
  'auth.tenants',
  'auth.users',
  'catalog.products',
  'catalog.variants',
  'inventory.stock_levels',
  'inventory.reservations',
  'inventory.adjustments',
  'orders.orders',
]);
const isEvented = (service: string, collection: string) => evented.has(`${service}.${collection}`);

type Rows = [keyof DatabaseNames, string, mongo.Document[]];

function rowsOf(): Rows[] {
  const variant = {
    _id: variantId,
    tenantId,
    sku: 'CAP-1',
    price: { amount: 1, currency: 'EUR' },
    forSale: true,
    version: 1,
  };
  const { price: _price, forSale: _forSale, version: _version, ...item } = variant;
  return [
    ['auth', 'tenants', [{ _id: tenantId, version: 1 }]],
    ['auth', 'users', [{ _id: customerId, tenantId, role: 'CUSTOMER', version: 1 }]],
    ['catalog', 'variants', [{ ...variant, productName: 'Cap' }]],
    ['orders', 'variants', [{ ...variant, name: 'Cap' }]],
    ['orders', 'customers', [{ _id: customerId, tenantId }]],
    ['inventory', 'stock_items', [{ ...item, catalogVersion: 1 }]],
    ['inventory', 'locations', [{ _id: locationId, tenantId }]],
    ...stockRows(),
    ['orders', 'orders', orderRows()],
    ...logRows(),
  ];
}

function stockRows(): Rows[] {
  const at = { tenantId, variantId, locationId };
  const movement = (sequence: number, moved: [number, number, number, number], type: string, id: string) => {
    const [onHandDelta, reservedDelta, onHandAfter, reservedAfter] = moved;
    const numbers = { sequence, onHandDelta, reservedDelta, onHandAfter, reservedAfter };
    return { _id: `mov_${sequence}`, ...at, ...numbers, reference: { type, id } };
  };
  const allocations = [{ variantId, locationId, quantity: 3 }];
  const reservation = (_id: string, state: string, request: number) => {
    return { _id, tenantId, state, request, version: request, allocations: state === 'rejected' ? [] : allocations };
  };
  const moved = {
    parcels: [{ id: 'ful_1', lines: allocations }],
    restocks: [{ id: 'ret_1', lines: [{ variantId, locationId, quantity: 1 }] }],
  };
  const adjustment = {
    _id: adjustmentId,
    ...at,
    delta: 5,
    movementId: 'mov_5',
    createdBy: customerId,
    note: 'adjusted',
  };
  return [
    ['inventory', 'stock_levels', [{ _id: levelId, ...at, onHand: 13, reserved: 3, sequence: 8, version: 2 }]],
    [
      'inventory',
      'movements',
      [
        movement(1, [10, 0, 10, 0], 'variant', variantId),
        movement(2, [0, 3, 10, 3], 'order', orders.confirmed),
        movement(3, [0, 3, 10, 6], 'order', orders.cancelled),
        movement(4, [0, -3, 10, 3], 'order', orders.cancelled),
        movement(5, [5, 0, 15, 3], 'adjustment', adjustmentId),
        movement(6, [0, 3, 15, 6], 'order', orders.shipped),
        movement(7, [-3, -3, 12, 3], 'order', orders.shipped),
        movement(8, [1, 0, 13, 3], 'order', orders.shipped),
      ],
    ],
    [
      'inventory',
      'reservations',
      [
        reservation(orders.confirmed, 'held', 1),
        reservation(orders.rejected, 'rejected', 1),
        reservation(orders.cancelled, 'released', 2),
        { ...reservation(orders.shipped, 'consumed', 1), version: 2, allocations: [], ...moved },
      ],
    ],
    ['inventory', 'adjustments', [{ ...adjustment, version: 1 }]],
  ];
}

function orderRows(): mongo.Document[] {
  const money = (amount: number) => ({ amount, currency: 'EUR' });
  const lines = [{ variantId, quantity: 3, total: money(30) }];
  const order = (key: keyof typeof orders, status: string, request: number) => ({
    _id: orders[key],
    tenantId,
    placedBy: customerId,
    createdAt: new Date(),
    updatedAt: new Date(),
    metadata: { key },
    lines,
    total: money(30),
    status,
    request,
    version: request + 1,
    allocations: status === 'CONFIRMED' ? lines : [],
    decision: { status: status === 'REJECTED' ? 'REJECTED' : 'CONFIRMED' },
  });
  const back = { variantId, locationId, condition: 'opened' };
  const came = [
    { ...back, quantity: 1, restock: true },
    { ...back, quantity: 1, restock: false },
  ];
  const paid = {
    charges: [{ kind: 'shipping', label: 'Parcel', amount: money(5) }],
    total: money(35),
    payment: { policy: 'before_confirm', authorised: 0, captured: 45, refunded: 10, refundDue: 10 },
    payments: [
      { kind: 'captured', amount: money(45) },
      { kind: 'refunded', amount: money(10), returnId: 'ret_1' },
    ],
  };
  const shipped = {
    ...order('shipped', 'SHIPPED', 1),
    ...paid,
    version: 4,
    fulfilments: [{ id: 'ful_1', lines: [{ variantId, locationId, quantity: 3 }] }],
    returns: [{ id: 'ret_1', receipt: { lines: came } }, { id: 'ret_2' }],
  };
  return [
    order('confirmed', 'CONFIRMED', 1),
    order('rejected', 'REJECTED', 1),
    order('cancelled', 'CANCELLED', 2),
    shipped,
  ];
}

function logRows(): Rows[] {
  const told: [string, string, number][] = [
    ['auth', tenantId, 1],
    ['auth', customerId, 1],
    ['catalog', variantId, 1],
    ['inventory', levelId, 2],
    ['inventory', adjustmentId, 1],
    ...orderRows().map(({ _id, version }): [string, string, number] => ['orders', _id, version]),
    ...[orders.confirmed, orders.rejected].map((id): [string, string, number] => ['inventory', id, 1]),
    ...[orders.cancelled, orders.shipped].map((id): [string, string, number] => ['inventory', id, 2]),
  ];
  const versions = told.flatMap(([domain, subject, version]) =>
    Array.from({ length: version }, (_, n) => ({ source: `/holdfast/${domain}`, subject, aggregateversion: n + 1 })),
  );
  const createdAt = new Date();
  const chunks = versions.map((event, n) => {
    const sequence = n + 1;
    const id = `evt_${sequence}`;
    const body = JSON.stringify({ id, ...event, sequence, time: createdAt.toISOString() });
    return {
      _id: `${tenantId}:${sequence}`,
      tenantId,
      from: sequence,
      to: sequence,
      createdAt,
      events: [{ id, body }],
    };
  });
  return [
    ['realtime', 'log', chunks],
    ['realtime', 'log_heads', [{ _id: tenantId, tenantId, sequence: chunks.length }]],
  ];
}

/** Every stream is published up to the end of time, and holds nothing. */
async function plantStreams(redis: Redis): Promise<void> {
  for (const domain of Object.keys(consumersOf) as StreamName[]) {
    for (let partition = 0; partition < partitionCount; partition += 1) {
      await redis.hset(positionKey(streamKey(generation, domain, partition)), 'at', 'f'.repeat(22));
    }
  }
}
