// One batch of events from auth, the catalog and orders,
// applied in the one transaction that the consumer opened for it.
// Invariant: what is decided on is read in this transaction, and every write names what was read; whatever changed in
// between is a conflict, and the batch is read and decided again. In as few commands as there are collections.
import {
  eventTable,
  fulfilmentShipped,
  on,
  orderCancelled,
  orderEditRequested,
  orderExpired,
  orderPlaced,
  orderRestCancelled,
  orderSnapshot,
  returnReceived,
  tenantCreated,
  tenantSnapshot,
  tenantUpdated,
  variantArchived,
  variantCreated,
  variantSnapshot,
  variantUpdated,
} from '@holdfast/shared/contracts';
import type { Batch, HandleResult } from '@holdfast/shared/messaging';
import { Conflict, type Database, isDuplicateKey } from '@holdfast/shared/persistence';
import { type Clock, keyText } from '@holdfast/shared/values';
import type { AdjustmentStore } from './adjustments/adjustment.store.ts';
import { adjustmentKind } from './adjustments/adjustment.ts';
import { settleWaiting, waitingFor } from './adjustments/wait-for-stock.ts';
import { decideBatch } from './decide-batch.ts';
import type { LocationStore } from './locations/location.store.ts';
import type { LocationChange } from './locations/location.ts';
import { onTenantCreated } from './locations/on-tenant-created.ts';
import { onFulfilmentShipped } from './reservations/on-fulfilment-shipped.ts';
import { onOrderCancelled } from './reservations/on-order-cancelled.ts';
import { onOrderEditRequested } from './reservations/on-order-edit-requested.ts';
import { onOrderExpired } from './reservations/on-order-expired.ts';
import { onOrderPlaced } from './reservations/on-order-placed.ts';
import { onOrderRestCancelled } from './reservations/on-order-rest-cancelled.ts';
import { onOrderSnapshot } from './reservations/on-order-snapshot.ts';
import { onReturnReceived } from './reservations/on-return-received.ts';
import type { ReservationStore } from './reservations/reservation.store.ts';
import { heldBy, type Reservation } from './reservations/reservation.ts';
import type { ReservationChange } from './reservations/reserve-stock.ts';
import { restocksOf, type StockRequest, variantIdsOf } from './reservations/stock-request.ts';
import { onTenantChanged } from './settings/on-tenant-changed.ts';
import type { TenantSettingsState, TenantSettingsStore } from './settings/tenant-settings.store.ts';
import { documentsOfPlace, locationKind, noteArrivals } from './stock/arrivals.ts';
import type { MovementStore } from './stock/movement.store.ts';
import { onVariantChanged } from './stock/on-variant-changed.ts';
import { openingOf, stockItemOf } from './stock/on-variant-created.ts';
import type { OpenLevel } from './stock/open-level.ts';
import type { StockBook } from './stock/stock-book.ts';
import { openDocuments, type StockDocuments } from './stock/stock-documents.ts';
import type { StockItemStore } from './stock/stock-item.store.ts';
import type { StockItemChange } from './stock/stock-item.ts';
import type { StockLevelStore } from './stock/stock-level.store.ts';
import type { StockLevelCache, VariantKey } from './stock/stock-level-cache.ts';

type Session = ReturnType<Database['client']['startSession']>;

export type BatchDeps = {
  locations: Pick<LocationStore, 'insertMissing' | 'ofTenants' | 'readMany' | 'saveAll'>;
  items: Pick<StockItemStore, 'apply'>;
  levels: Pick<StockLevelStore, 'allOf' | 'saveAll'>;
  levelCache: StockLevelCache;
  movements: Pick<MovementStore, 'insert'>;
  reservations: Pick<ReservationStore, 'readMany' | 'saveAll'>;
  adjustments: Pick<AdjustmentStore, 'readMany' | 'saveAll'>;
  settings: Pick<TenantSettingsStore, 'upsert'>;
  clock: Clock;
  /** Told after the commit, for metrics. */
  onDecided?: (changes: readonly ReservationChange[]) => void;
};

type Work = {
  now: Date;
  settings: TenantSettingsState[];
  locations: LocationChange[];
  items: StockItemChange[];
  openings: OpenLevel[];
  requests: StockRequest[];
};

/** What changes something here, and what each event asks for. */
export const handled = eventTable<Work>([
  on(tenantCreated, (event, { locations, now }) => locations.push(onTenantCreated(event, now))),
  on(tenantSnapshot, (event, { locations, now }) => locations.push(onTenantCreated(event, now))),
  on(tenantCreated, (event, { settings }) => settings.push(onTenantChanged(event))),
  on(tenantUpdated, (event, { settings }) => settings.push(onTenantChanged(event))),
  on(tenantSnapshot, (event, { settings }) => settings.push(onTenantChanged(event))),
  on(variantCreated, (event, { items }) => items.push({ kind: 'created', item: stockItemOf(event) })),
  on(variantCreated, (event, { openings }) => openings.push(openingOf(event))),
  on(variantSnapshot, (event, { items }) => items.push({ kind: 'snapshot', item: stockItemOf(event) })),
  on(variantSnapshot, (event, { openings }) => openings.push(openingOf(event))),
  on(variantUpdated, (event, { items }) => items.push({ kind: 'updated', item: onVariantChanged(event) })),
  on(variantArchived, (event, { items }) => items.push({ kind: 'updated', item: onVariantChanged(event) })),
  on(orderPlaced, (event, { requests }) => requests.push(onOrderPlaced(event))),
  on(orderCancelled, (event, { requests }) => requests.push(onOrderCancelled(event))),
  on(orderExpired, (event, { requests }) => requests.push(onOrderExpired(event))),
  on(orderEditRequested, (event, { requests }) => requests.push(onOrderEditRequested(event))),
  on(orderRestCancelled, (event, { requests }) => requests.push(onOrderRestCancelled(event))),
  on(fulfilmentShipped, (event, { requests }) => requests.push(onFulfilmentShipped(event))),
  on(returnReceived, (event, { requests }) => {
    const request = onReturnReceived(event);
    if (request) requests.push(request);
  }),
  on(orderSnapshot, (event, { requests }) => requests.push(onOrderSnapshot(event))),
]);

/** What the entries ask for; the consumer puts those of auth and the catalog before those of orders. */
function workOf({ entries }: Batch, now: Date): Work {
  const work: Work = { now, settings: [], locations: [], items: [], openings: [], requests: [] };
  for (const { event } of entries) handled.dispatch(event, work);
  return work;
}

/** Every variant that the work may touch: an order may be served from any location that has it. */
function variantsOf({ openings, requests }: Work, stored: ReadonlyMap<string, Reservation>): VariantKey[] {
  const variants = new Map<string, VariantKey>();
  const add = (tenantId: string, variantId: string) =>
    variants.set(keyText(tenantId, variantId), { tenantId, variantId });
  for (const { tenantId, variantId } of openings) add(tenantId, variantId);
  for (const request of requests) {
    for (const variantId of variantIdsOf(request)) add(request.tenantId, variantId);
  }
  for (const reservation of stored.values()) {
    for (const { variantId } of heldBy(reservation)) add(reservation.tenantId, variantId);
  }
  return [...variants.values()];
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
  // Idempotent by their version: not a part of the transaction.
  if (work.settings.length > 0) await deps.settings.upsert(work.settings);
  const orders = work.requests.map(({ tenantId, orderId }) => ({ tenantId, id: orderId }));
  const unseen = isFirstTry(batch, work);
  const stored = unseen ? none : await deps.reservations.readMany(orders, session);
  const variants = variantsOf(work, stored);
  const documents = await readPlaces(work, session, deps);
  const facts = { stored, variants, documents, unseen, session, now, deps };
  const { book, changes, priorities, isRead } = await decideBatch(work, facts);
  const settled = await settle(book, { session, now, deps });
  if (documents) noteArrivals(book, documents);
  try {
    await deps.locations.insertMissing(work.locations, session);
    if (documents) await deps.locations.saveAll(documents.changes(locationKind), session);
    await deps.items.apply(work.items, session);
    await deps.reservations.saveAll(changes, session);
    if (settled) await deps.adjustments.saveAll(settled.changes(adjustmentKind), session);
    await deps.movements.insert(book.movements(), session);
    // Last: other writers of these levels are kept out for the shortest time.
    await deps.levels.saveAll(book.levelChanges(), session);
  } catch (error) {
    deps.levelCache.contest(variants);
    throw unseen && isDuplicateKey(error) ? new Conflict('an order had a reservation already') : error;
  }
  return {
    afterCommit() {
      deps.levelCache.keep(variants, { levels: book.levels(), priorities }, { isRead });
      deps.onDecided?.(changes);
    },
  };
}

/** Applies the forced changes that waited for what this batch gives back; nearly always there are none. */
async function settle(
  book: StockBook,
  { session, now, deps }: { session: Session; now: Date; deps: BatchDeps },
): Promise<StockDocuments | undefined> {
  const waiting = waitingFor(book.levels());
  if (waiting.length === 0) return undefined;
  const stored = await deps.adjustments.readMany(waiting, session);
  const documents = openDocuments(new Map([[adjustmentKind.name, stored.values()]]));
  settleWaiting({ book, documents }, now);
  return documents;
}

/** The locations that units come back to, but for the main ones; undefined where nothing does, as in most batches. */
async function readPlaces(
  { requests }: Work,
  session: Session,
  { locations }: BatchDeps,
): Promise<StockDocuments | undefined> {
  const places = requests.flatMap((request) =>
    restocksOf(request).flatMap(({ lines }) =>
      lines.map(({ locationId }) => ({ tenantId: request.tenantId, locationId })),
    ),
  );
  if (places.length === 0) return undefined;
  const keys = places.flatMap(({ tenantId, locationId }) =>
    (documentsOfPlace({ tenantId, locationId })[locationKind.name] ?? []).map((id) => ({ tenantId, id })),
  );
  const stored = await locations.readMany(keys, session);
  return openDocuments(new Map([[locationKind.name, stored.values()]]));
}
