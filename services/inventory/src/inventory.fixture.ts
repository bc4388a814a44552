// Support for inventory's tests on real servers: a database and stream generation of their own, whole processes of
// inventory, and a check of the ledger.
import { messagingCollections } from '@holdfast/shared/messaging';
import { asSystem, createIndexes, type Database, openDatabase } from '@holdfast/shared/persistence';
import { type AnyBody, applyTenancySwitch, openTestService, testSettings, until } from '@holdfast/shared/testing';
import { newId, systemClock, systemRandom } from '@holdfast/shared/values';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { type Deps, openDeps } from './deps.ts';
import { type Line, openStreams, tenantEvent, variantEvent } from './inventory-streams.fixture.ts';
import type { StockLevel } from './stock/stock-level.ts';
import { createStockWriter, type StockWriterDeps } from './stock/stock-writer.ts';
import { collections, createStores, documentsOf, eventedCollections } from './stores.ts';

type Row = { _id: string; tenantId: string };
type Place = { variantId: string; locationId: string };
export type LevelDocument = Omit<StockLevel, 'id'> & Row & { events: { id: string; body: string }[] };
export type ReservationRow = Row & {
  state: string;
  request: number;
  allocations: (Line & Place)[];
  events: { id: string; body: string }[];
};
export type MovementRow = Row & {
  variantId: string;
  locationId: string;
  sequence: number;
  kind: string;
  onHandDelta: number;
  reservedDelta: number;
  onHandAfter: number;
  reservedAfter: number;
};

/** One process of inventory. */
export type Replica = Awaited<ReturnType<Fixture['startReplica']>>;
export type Fixture = Awaited<ReturnType<typeof openFixture>>;

/** Opens inventory on a new database and a new generation of streams. */
export async function openFixture() {
  applyTenancySwitch();
  const config = readConfig(testSettings('inventory'));
  const replicas: { close(): Promise<void> }[] = [];
  const streams = await openStreams({ redisUrl: config.REDIS_URL, generation: config.STREAM_GENERATION });
  const { MONGODB_URI: uri, DATABASE_NAME: name } = config;
  const { global } = messagingCollections;
  const database = await openDatabase({ uri, name, evented: eventedCollections, global });
  const stores = createStores(database);
  await createIndexes(database, collections);

  /** One process of inventory. */
  async function startReplica() {
    const service = await openTestService<Deps, AnyBody>(await openDeps(config), buildApp);
    let closed: Promise<void> | undefined;
    const close = () => {
      closed ??= service.close();
      return closed;
    };
    replicas.push({ close });
    return { ...service, close };
  }

  return {
    database,
    stores,
    streams,
    startReplica,

    /** A writer of commands on stock, as another process would have. */
    newWriter: (parts: Partial<Pick<StockWriterDeps, 'clock' | 'retryMs'>> = {}) =>
      createStockWriter({
        database,
        ...stores,
        documents: documentsOf(stores),
        clock: systemClock,
        random: systemRandom,
        ...parts,
      }),

    /** Signs a tenant up and creates variants with this stock; resolves when their levels are there. */
    async tenant(stock: Record<string, number> = {}): Promise<string> {
      const tenantId = newId('ten');
      await streams.publish('auth', [tenantEvent(tenantId)]);
      const variants = Object.entries(stock).map(([name, units]) =>
        variantEvent(tenantId, `${name}_${tenantId}`, units),
      );
      await streams.publish('catalog', variants);
      const isOpen = async () => {
        const levels = await rows<LevelDocument>(database, 'stock_levels', tenantId);
        const locations = await rows(database, 'locations', tenantId);
        return levels.length === variants.length && locations.length === 1;
      };
      await until(isOpen, { what: 'levels are open' });
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
      const areDecided = async () => {
        const all = await rows<ReservationRow>(database, 'reservations', tenantId);
        found = new Map(all.map((row) => [row._id, row]));
        return orderIds.every((orderId) => (found.get(orderId)?.request ?? 0) >= request);
      };
      await until(areDecided, { what: 'orders are decided' });
      return found;
    },

    async close(): Promise<void> {
      await Promise.all(replicas.map((replica) => replica.close()));
      streams.close();
      await database.close();
    },
  };
}

function rows<T extends Row>(database: Database, collection: string, tenantId: string): Promise<T[]> {
  return asSystem('fixture', async () => {
    const found = await database.db.collection<Row>(collection).find({ tenantId }).sort({ _id: 1 }).toArray();
    return found as unknown as T[];
  });
}

/**
 * Throws when a level is not the sum of its movements, or its reserved units are not those of the held reservations.
 */
export async function checkLedger(fixture: Pick<Fixture, 'rows'>, tenantId: string): Promise<void> {
  const levels = await fixture.rows<LevelDocument>('stock_levels', tenantId);
  const movements = await fixture.rows<MovementRow>('movements', tenantId);
  const reservations = await fixture.rows<ReservationRow>('reservations', tenantId);
  const held = reservations.filter((row) => row.state === 'held').flatMap((row) => row.allocations);
  for (const level of levels) {
    const isAt = (one: Place) => one.variantId === level.variantId && one.locationId === level.locationId;
    const own = movements.filter(isAt).sort((a, b) => a.sequence - b.sequence);
    const sums = { onHand: 0, reserved: 0 };
    own.forEach((movement, n) => {
      sums.onHand += movement.onHandDelta;
      sums.reserved += movement.reservedDelta;
      const isRight =
        movement.sequence === n + 1 && movement.onHandAfter === sums.onHand && movement.reservedAfter === sums.reserved;
      if (!isRight) throw new Error(`movement ${n + 1} of ${level.variantId}: ${JSON.stringify(movement)}`);
    });
    const promised = held.filter(isAt).reduce((sum, one) => sum + one.quantity, 0);
    const { onHand, reserved, sequence } = level;
    const facts = JSON.stringify({ onHand, reserved, sequence, sums, promised, movements: own.length });
    const isSum = onHand === sums.onHand && reserved === sums.reserved && sequence === own.length;
    if (!isSum || reserved !== promised) throw new Error(`level of ${level.variantId} is not its ledger: ${facts}`);
    if (reserved < 0 || reserved > onHand) throw new Error(`level of ${level.variantId} is oversold: ${facts}`);
  }
}
