// One batch of events from auth, the catalog and orders,
// applied in the one transaction that the consumer opened for it.
// Invariant: what is decided on is read in this transaction, and every write names what was read; whatever changed in
// between is a conflict, and the batch is read and decided again. In as few commands as there are collections.
import {
  eventTable,
  on,
  orderCancelled,
  orderPlaced,
  orderSnapshot,
  tenantCreated,
  tenantSnapshot,
  variantArchived,
  variantCreated,
  variantSnapshot,
  variantUpdated,
} from '@holdfast/shared/contracts';
import type { Batch, HandleResult } from '@holdfast/shared/messaging';
import { Conflict, type Database, isDuplicateKey } from '@holdfast/shared/persistence';
import { type Clock, newId } from '@holdfast/shared/values';
import type { LocationStore } from './locations/location.store.ts';
import type { LocationChange } from './locations/location.ts';
import { onTenantCreated } from './locations/on-tenant-created.ts';
import { onOrderCancelled } from './reservations/on-order-cancelled.ts';
import { onOrderPlaced } from './reservations/on-order-placed.ts';
import { onOrderSnapshot } from './reservations/on-order-snapshot.ts';
import type { ReservationStore } from './reservations/reservation.store.ts';
import { heldBy, type Reservation } from './reservations/reservation.ts';
import { type ReservationChange, reserveStock, type StockRequest } from './reservations/reserve-stock.ts';
import type { MovementStore } from './stock/movement.store.ts';
import { onVariantChanged } from './stock/on-variant-changed.ts';
import { openingOf, stockItemOf } from './stock/on-variant-created.ts';
import { type OpenLevel, openedLevelId, openLevels } from './stock/open-level.ts';
import { openBook, type StockBook } from './stock/stock-book.ts';
import type { StockItemStore } from './stock/stock-item.store.ts';
import type { StockItemChange } from './stock/stock-item.ts';
import type { StockLevelStore } from './stock/stock-level.store.ts';
import { levelIdOf, type StockLevel } from './stock/stock-level.ts';
import type { StockLevelCache } from './stock/stock-level-cache.ts';

type Session = ReturnType<Database['client']['startSession']>;

export type BatchDeps = {
  locations: Pick<LocationStore, 'insertMissing'>;
  items: Pick<StockItemStore, 'apply'>;
  levels: Pick<StockLevelStore, 'readMany' | 'saveAll'>;
  levelCache: StockLevelCache;
  movements: Pick<MovementStore, 'insert'>;
  reservations: Pick<ReservationStore, 'readMany' | 'saveAll'>;
  clock: Clock;
  /** Told after the commit, for metrics. */
  onDecided?: (changes: readonly ReservationChange[]) => void;
};

type Work = {
  now: Date;
  locations: LocationChange[];
  items: StockItemChange[];
  openings: OpenLevel[];
  requests: StockRequest[];
};

/** What changes something here, and what each event asks for. */
export const handled = eventTable<Work>([
  on(tenantCreated, (event, { locations, now }) => locations.push(onTenantCreated(event, now))),
  on(tenantSnapshot, (event, { locations, now }) => locations.push(onTenantCreated(event, now))),
  on(variantCreated, (event, { items }) => items.push({ kind: 'created', item: stockItemOf(event) })),
  on(variantCreated, (event, { openings }) => openings.push(openingOf(event))),
  on(variantSnapshot, (event, { items }) => items.push({ kind: 'snapshot', item: stockItemOf(event) })),
  on(variantSnapshot, (event, { openings }) => openings.push(openingOf(event))),
  on(variantUpdated, (event, { items }) => items.push({ kind: 'updated', item: onVariantChanged(event) })),
  on(variantArchived, (event, { items }) => items.push({ kind: 'updated', item: onVariantChanged(event) })),
  on(orderPlaced, (event, { requests }) => requests.push(onOrderPlaced(event))),
  on(orderCancelled, (event, { requests }) => requests.push(onOrderCancelled(event))),
  on(orderSnapshot, (event, { requests }) => requests.push(onOrderSnapshot(event))),
]);

/** What the entries ask for; the consumer puts those of auth and the catalog before those of orders. */
function workOf({ entries }: Batch, now: Date): Work {
  const work: Work = { now, locations: [], items: [], openings: [], requests: [] };
  for (const { event } of entries) handled.dispatch(event, work);
  return work;
}

/** Every level that the work may touch. */
function levelKeys({ openings, requests }: Work, stored: ReadonlyMap<string, Reservation>) {
  const opened = openings.map((opening) => ({ tenantId: opening.tenantId, id: openedLevelId(opening) }));
  const wanted = requests.flatMap((request) =>
    request.kind === 'place' ? request.demands.map(({ levelId: id }) => ({ tenantId: request.tenantId, id })) : [],
  );
  const held = [...stored.values()].flatMap((reservation) =>
    heldBy(reservation).map(({ variantId, locationId }) => ({
      tenantId: reservation.tenantId,
      id: levelIdOf(reservation.tenantId, variantId, locationId),
    })),
  );
  return [...opened, ...wanted, ...held];
}

const none: ReadonlyMap<string, Reservation> = new Map();
const tried = new WeakSet<Batch>();

/**
 * Orders that are placed for the first time have no reservation: most batches hold nothing else, and need not look. If
 * one has a reservation all the same, inserting another conflicts, and the second try looks.
 */
function isFirstTry(batch: Batch, { requests }: Work): boolean {
  if (
    tried.has(batch) ||
    requests.some((one) => one.kind !== 'place' || one.request !== 1 || one.isAwaited !== undefined)
  )
    return false;
  tried.add(batch);
  return true;
}

/** Applies a batch. Throws a Conflict when another writer was faster. */
export async function onBatch(batch: Batch, session: Session, deps: BatchDeps): Promise<HandleResult> {
  const now = deps.clock.now();
  const work = workOf(batch, now);
  const orders = work.requests.map(({ tenantId, orderId }) => ({ tenantId, id: orderId }));
  const unseen = isFirstTry(batch, work);
  const stored = unseen ? none : await deps.reservations.readMany(orders, session);
  const keys = levelKeys(work, stored);
  const { book, changes } = await decide(work, stored, keys, { unseen, session, now, deps });
  try {
    await deps.locations.insertMissing(work.locations, session);
    await deps.items.apply(work.items, session);
    await deps.reservations.saveAll(changes, session);
    await deps.movements.insert(book.movements(), session);
    // Last: other writers of these levels are kept out for the shortest time.
    await deps.levels.saveAll(book.levelChanges(), session);
  } catch (error) {
    deps.levelCache.contest(keys);
    throw unseen && isDuplicateKey(error) ? new Conflict('an order had a reservation already') : error;
  }
  return {
    afterCommit() {
      deps.levelCache.keep(book.levelChanges().map(({ after }) => after));
      deps.onDecided?.(changes);
    },
  };
}

type Level = { tenantId: string; id: string };
type Decision = { book: StockBook; changes: ReservationChange[] };

/**
 * Decides on the levels as this process left them, where it may; on levels that are read now,
 * where an order would be refused.
 */
async function decide(
  work: Work,
  stored: ReadonlyMap<string, Reservation>,
  keys: readonly Level[],
  { unseen, session, now, deps }: { unseen: boolean; session: Session; now: Date; deps: BatchDeps },
): Promise<Decision> {
  const decideOn = (levels: Iterable<StockLevel>): Decision => {
    const book = openBook(levels, now);
    openLevels(work.openings, book);
    return { book, changes: reserveStock(work.requests, book, stored, { now, newEventId: () => newId('evt') }) };
  };
  const known = unseen ? deps.levelCache.find(keys) : undefined;
  const guess = known && decideOn(known);
  if (guess?.changes.every(({ after }) => after.outcome !== 'rejected')) return guess;
  return decideOn((await deps.levels.readMany(keys, session)).values());
}
