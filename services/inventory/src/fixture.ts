// Support for inventory's tests on real servers: a database and stream generation of their own, whole processes of inventory,
// and a check of the ledger.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { messagingCollections } from '@holdfast/shared/messaging';
import { asSystem, createIndexes, type Database, openDatabase } from '@holdfast/shared/persistence';
import { createLogger } from '@holdfast/shared/telemetry';
import { applyTenancySwitch, type TokenFacts, testTokens } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { openDeps } from './deps.ts';
import { type Line, openStreams, tenantEvent, variantEvent } from './fixture-streams.ts';
import type { StockLevel } from './stock/stock-level.ts';
import { collections, createStores, eventedCollections } from './stores.ts';

type Row = { _id: string; tenantId: string };
export type LevelDocument = Omit<StockLevel, 'id'> & Row & { events: { id: string; body: string }[] };
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
    AUTH_URL: 'http://127.0.0.1:1',
    INTERNAL_TOKEN: secret,
    HOLDFAST_SECRET: secret,
    NODE_ENV: 'test',
  });
  const tokens = await testTokens();
  const replicas: { stop(): Promise<void> }[] = [];
  const streams = await openStreams({ redisUrl: config.REDIS_URL, generation: config.STREAM_GENERATION });
  const { MONGODB_URI: uri, DATABASE_NAME: name } = config;
  const { global } = messagingCollections;
  const database = await openDatabase({ uri, name, evented: eventedCollections, global });
  const stores = createStores(database);
  await createIndexes(database, collections);

  /** One process of inventory. */
  async function startReplica() {
    const deps = await openDeps(config, { log });
    const app = buildApp({ ...deps, trust: { ...deps.trust, verifier: tokens.verifier } });
    let stopped: Promise<void> | undefined;
    const stopAll = async () => {
      await app.close();
      await deps.close();
    };
    const stop = () => {
      stopped ??= stopAll();
      return stopped;
    };
    replicas.push({ stop });
    return { app, consumer: deps.consumer, stop };
  }

  return {
    database,
    stores,
    tokens,
    streams,
    startReplica,
    internalToken: secret,

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
