// Support for inventory's tests on real servers: an own database and stream generation, entries written as the relays of
// other services write them, the real consumer, relay and HTTP application, and a check of the ledger.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type DomainEvent,
  domains,
  makeEvent,
  orderCancelled,
  orderPlaced,
  tenantCreated,
  variantCreated,
} from '@holdfast/shared/contracts';
import { type Consumer, positionAfter, startRelay, streamId, timeText } from '@holdfast/shared/messaging';
import { asSystem, type Database, openDatabase } from '@holdfast/shared/persistence';
import { connectRedis, positionKey, streamKey } from '@holdfast/shared/redis';
import { createLogger, createMetrics } from '@holdfast/shared/telemetry';
import { applyTenancySwitch, type TokenFacts, testTokens } from '@holdfast/shared/testing';
import { newId, partitionCount, partitionOf, systemClock, systemRandom } from '@holdfast/shared/values';
import { createAdjustmentWriter } from './adjustments/create-adjustment.ts';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { startInventoryConsumer } from './deps.ts';
import type { LevelDocument } from './stock/stock.store.ts';
import { createStores, eventedCollections, globalCollections, prepareStores } from './stores.ts';

type Line = { variantId: string; quantity: number };
type Row = { _id: string; tenantId: string };
export type ReservationRow = Row & {
  state: string;
  request: number;
  allocations: Line[];
  events: { id: string; body: string }[];
};
export type MovementRow = Row & {
  variantId: string;
  sequence: number;
  kind: string;
  onHandDelta: number;
  reservedDelta: number;
  onHandAfter: number;
  reservedAfter: number;
};

const secret = 'a-secret-of-the-tests-with-enough-characters';
const log = createLogger({ service: 'inventory', level: process.env.HOLDFAST_TEST_LOG ? 'debug' : 'fatal' });

/** Waits until the condition holds; fails with its name after `limitMs`. */
export async function until(name: string, holds: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${limitMs} ms: ${name}`);
    await pause(10);
  }
}

export type Fixture = Awaited<ReturnType<typeof openFixture>>;

/** Opens inventory on a new database and a new generation of streams. */
export async function openFixture() {
  applyTenancySwitch();
  const suffix = randomUUID().slice(0, 8);
  const config = readConfig({
    MONGODB_URI: process.env.HOLDFAST_TEST_MONGODB_URI,
    DATABASE_NAME: `inventory_${suffix}`,
    REDIS_URL: process.env.HOLDFAST_TEST_REDIS_URL,
    STREAM_GENERATION: `t${suffix}`,
    ...{ AUTH_URL: 'http://127.0.0.1:1', INTERNAL_TOKEN: secret, HOLDFAST_SECRET: secret, NODE_ENV: 'test' },
  });
  const address = { redisUrl: config.REDIS_URL, generation: config.STREAM_GENERATION };
  const tokens = await testTokens();
  const replicas: { stop(): Promise<void> }[] = [];
  const database = await openInventoryDatabase();
  const stores = createStores(database);
  await prepareStores(database, stores);
  const relay = await startRelay({ database, ...address, domain: 'inventory', log });
  const streams = await openStreams(address);

  async function openInventoryDatabase(): Promise<Database> {
    const { MONGODB_URI: uri, DATABASE_NAME: name } = config;
    return openDatabase({ uri, name, evented: eventedCollections, global: globalCollections });
  }

  /** One process of inventory: its own connections, consumer, batcher and HTTP application. */
  async function startReplica() {
    const metrics = createMetrics('inventory');
    const own = await openInventoryDatabase();
    const ownStores = createStores(own);
    const consumer: Consumer = await startInventoryConsumer({
      database: own,
      stores: ownStores,
      address,
      log,
      metrics,
    });
    const writer = createAdjustmentWriter({
      ...{ database: own, ...ownStores, clock: systemClock, random: systemRandom },
    });
    const trust = { verifier: tokens.verifier, check: { required: true, check: () => ({ ok: true }) } };
    const app = buildApp({ config, log, metrics, database: own, ...ownStores, trust, relay, consumer, writer });
    let stopped: Promise<void> | undefined;
    const stopAll = async () => {
      await app.close();
      await writer.drain();
      await consumer.stop();
      await own.close();
    };
    const stop = () => {
      stopped ??= stopAll();
      return stopped;
    };
    replicas.push({ stop });
    return { app, consumer, stop };
  }

  return {
    ...{ database, stores, tokens, streams, startReplica },

    /** Signs a tenant up and creates variants with this stock; resolves when their levels are there. */
    async newTenant(stock: Record<string, number> = {}): Promise<string> {
      const tenantId = newId('ten');
      await streams.publish('auth', [tenantEvent(tenantId)]);
      const variants = Object.entries(stock).map(([name, units]) =>
        variantEvent(tenantId, `${name}_${tenantId}`, units),
      );
      await streams.publish('catalog', variants);
      await until('levels are open', async () => {
        const levels = await rows<LevelDocument>(database, 'stock_levels', tenantId);
        const locations = await rows(database, 'locations', tenantId);
        return levels.length === variants.length && locations.length === 1;
      });
      return tenantId;
    },

    rows: <T extends Row>(collection: string, tenantId: string) => rows<T>(database, collection, tenantId),

    /** The level of a variant. */
    async level(tenantId: string, variantId: string): Promise<LevelDocument> {
      const levels = await rows<LevelDocument>(database, 'stock_levels', tenantId);
      return levels.find((level) => level.variantId === variantId)!;
    },

    /** Resolves with the tenant's reservations when these orders have one with at least this request. */
    async decided(tenantId: string, orderIds: readonly string[], request = 1): Promise<Map<string, ReservationRow>> {
      let found = new Map<string, ReservationRow>();
      await until('orders are decided', async () => {
        const all = await rows<ReservationRow>(database, 'reservations', tenantId);
        found = new Map(all.map((row) => [row._id, row]));
        return orderIds.every((orderId) => (found.get(orderId)?.request ?? 0) >= request);
      });
      return found;
    },

    /** What a token of this caller sends. */
    headers: (facts: TokenFacts, key?: string) => tokens.bearer(facts).then((bearer) => withKey(bearer, key)),

    async close(): Promise<void> {
      await Promise.all(replicas.map((replica) => replica.stop()));
      await relay.stop();
      streams.close();
      await database.close();
    },
  };
}

function withKey(bearer: { authorization: string }, key: string | undefined): Record<string, string> {
  return key === undefined ? bearer : { ...bearer, 'idempotency-key': key };
}

function rows<T extends Row>(database: Database, collection: string, tenantId: string): Promise<T[]> {
  return asSystem('fixture', async () => {
    const found = await database.db.collection<Row>(collection).find({ tenantId }).sort({ _id: 1 }).toArray();
    return found as unknown as T[];
  });
}

/** Throws when a level is not the sum of its movements, or its reserved units are not those of the held reservations. */
export async function checkLedger(fixture: Pick<Fixture, 'rows'>, tenantId: string): Promise<void> {
  const levels = await fixture.rows<LevelDocument>('stock_levels', tenantId);
  const movements = await fixture.rows<MovementRow>('movements', tenantId);
  const reservations = await fixture.rows<ReservationRow>('reservations', tenantId);
  const held = reservations.filter((row) => row.state === 'held').flatMap((row) => row.allocations);
  for (const level of levels) {
    const own = movements.filter((one) => one.variantId === level.variantId).sort((a, b) => a.sequence - b.sequence);
    const sums = { onHand: 0, reserved: 0 };
    own.forEach((movement, n) => {
      sums.onHand += movement.onHandDelta;
      sums.reserved += movement.reservedDelta;
      const isRight =
        movement.sequence === n + 1 && movement.onHandAfter === sums.onHand && movement.reservedAfter === sums.reserved;
      if (!isRight) throw new Error(`movement ${n + 1} of ${level.variantId}: ${JSON.stringify(movement)}`);
    });
    const promised = held
      .filter((one) => one.variantId === level.variantId)
      .reduce((sum, one) => sum + one.quantity, 0);
    const { onHand, reserved, sequence } = level;
    const facts = JSON.stringify({ onHand, reserved, sequence, sums, promised, movements: own.length });
    const isSum = onHand === sums.onHand && reserved === sums.reserved && sequence === own.length;
    if (!isSum || reserved !== promised) throw new Error(`level of ${level.variantId} is not its ledger: ${facts}`);
    if (reserved < 0 || reserved > onHand) throw new Error(`level of ${level.variantId} is oversold: ${facts}`);
  }
}

/** Streams as relays write them: each entry moves its stream's position. */
async function openStreams({ redisUrl, generation }: { redisUrl: string; generation: string }) {
  const redis = connectRedis(redisUrl, { purpose: 'fixture' });
  const source = 'fixture';
  const seconds = Math.floor(Date.now() / 1_000);
  let increment = 0;
  const nextId = () => streamId(timeText(seconds, ++increment), 0);
  const others = domains.filter((domain) => domain !== 'inventory');
  const at = positionAfter(nextId());
  for (const domain of others) {
    for (let partition = 0; partition < partitionCount; partition += 1) {
      await redis.hset(positionKey(streamKey(generation, domain, partition)), { source, at });
    }
  }
  return {
    /** Appends events to their tenants' partitions, in this order. */
    async publish(domain: (typeof others)[number], events: readonly DomainEvent[]): Promise<void> {
      const batch = redis.multi();
      for (const event of events) {
        const key = streamKey(generation, domain, partitionOf(event.tenantid));
        const id = nextId();
        batch.xadd(key, id, 'e', JSON.stringify(event)).hset(positionKey(key), { source, at: positionAfter(id) });
      }
      await batch.exec();
    },
    /** What inventory's relay has published of a tenant. */
    async published(tenantId: string): Promise<DomainEvent[]> {
      const entries = await redis.xrange(streamKey(generation, 'inventory', partitionOf(tenantId)), '-', '+');
      return entries.map(([, fields]) => JSON.parse(fields[1]!)).filter((event) => event.tenantid === tenantId);
    },
    close: () => redis.disconnect(),
  };
}

const facts = (tenantId: string, subject: string) => ({
  ...{ id: newId('evt'), tenantId, subject, version: 1, time: new Date() },
});

export function tenantEvent(tenantId: string): DomainEvent {
  const data = { tenantId, slug: tenantId, currency: 'EUR', timeZone: 'UTC' };
  return makeEvent(tenantCreated, { ...facts(tenantId, tenantId), data });
}

export function variantEvent(tenantId: string, variantId: string, initialStock: number): DomainEvent {
  const about = { variantId, productId: 'prd_1', productName: 'Shirt', sku: `SKU-${variantId}`, options: {} };
  const price = { amount: 1_999, currency: 'EUR' };
  const data = { ...about, price, forSale: true, initialStock, reorderLevel: 3 };
  return makeEvent(variantCreated, { ...facts(tenantId, variantId), data });
}

export function placedEvent(tenantId: string, orderId: string, lines: Line[], request = 1): DomainEvent {
  const change = { orderId, customerId: null, status: 'PENDING' as const, from: null, request };
  const data = { ...change, lines, total: { amount: 1_999, currency: 'EUR' } };
  return makeEvent(orderPlaced, { ...facts(tenantId, orderId), correlationId: `req_${orderId}`, data });
}

export function cancelledEvent(tenantId: string, orderId: string, request = 2): DomainEvent {
  const change = { orderId, customerId: null, status: 'CANCELLED' as const, from: 'PENDING' as const, request };
  return makeEvent(orderCancelled, {
    ...facts(tenantId, orderId),
    data: { ...change, reason: 'requested', lines: [] },
  });
}
