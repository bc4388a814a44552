// Decides a batch of events over levels as this process left them, or as they are read now.
// Invariant: an order is refused, and comes from a second location or a lower priority, only on levels that are read in
// the transaction of the batch.
import type { Database } from '@holdfast/shared/persistence';
import { newId } from '@holdfast/shared/values';
import type { LocationStore } from './locations/location.store.ts';
import { mainLocationIdOf } from './locations/location.ts';
import type { Reservation } from './reservations/reservation.ts';
import { type Priorities, type ReservationChange, reserveStock } from './reservations/reserve-stock.ts';
import type { StockRequest } from './reservations/stock-request.ts';
import { type OpenLevel, openLevels } from './stock/open-level.ts';
import { openBook, type StockBook } from './stock/stock-book.ts';
import type { StockDocuments } from './stock/stock-documents.ts';
import type { StockLevelStore } from './stock/stock-level.store.ts';
import type { KnownLevels, StockLevelCache, VariantKey } from './stock/stock-level-cache.ts';

type Session = ReturnType<Database['client']['startSession']>;
type Deps = {
  locations: Pick<LocationStore, 'ofTenants'>;
  levels: Pick<StockLevelStore, 'allOf'>;
  levelCache: StockLevelCache;
};
type Work = { openings: readonly OpenLevel[]; requests: readonly StockRequest[] };
type Facts = {
  /** Reservations that were read. */
  stored: ReadonlyMap<string, Reservation>;
  /** Every variant that the work may touch. */
  variants: readonly VariantKey[];
  /** The locations that units may come back to. */
  documents: StockDocuments | undefined;
  /** Orders that are placed for the first time, and nothing else. */
  unseen: boolean;
  session: Session;
  now: Date;
  deps: Deps;
};

export type Decision = { book: StockBook; changes: ReservationChange[]; priorities: Priorities; isRead: boolean };

/**
 * Decides on the levels as this process left them, where that is as good; on levels that are read now, where an order
 * would be refused, or come from a second location or a lower priority because of what others may have changed since.
 */
export async function decideBatch(work: Work, facts: Facts): Promise<Decision> {
  const { stored, variants, documents, unseen, session, now, deps } = facts;
  const decideOn = ({ levels, priorities }: KnownLevels, isRead: boolean): Decision => {
    const book = openBook(levels, now);
    openLevels(work.openings, book);
    const circumstances = { now, newEventId: () => newId('evt'), priorities, ...(documents ? { documents } : {}) };
    return { book, changes: reserveStock(work.requests, book, stored, circumstances), priorities, isRead };
  };
  const known = unseen ? deps.levelCache.find(variants) : undefined;
  const guess = known && decideOn(known, false);
  if (guess?.changes.every((change) => isServedBest(change, guess))) return guess;
  return decideOn(await readLevels(variants, session, deps), true);
}

/** Whether an order is held, by one location, and none that has a level of its variants comes before that one. */
function isServedBest({ after }: ReservationChange, { book, priorities }: Decision): boolean {
  if (after.outcome === 'rejected') return false;
  if (priorities.size === 0) return true;
  const { tenantId, allocations } = after;
  const locations = new Set(allocations.map(({ locationId }) => locationId));
  const priorityOf = (locationId: string) => priorities.get(locationId) ?? 1;
  const levels = allocations.flatMap(({ variantId }) => book.levelsOf(tenantId, variantId));
  const first = Math.min(...levels.map(({ locationId }) => priorityOf(locationId)));
  return locations.size <= 1 && [...locations].every((locationId) => priorityOf(locationId) === first);
}

/** All levels of the variants; the priorities of locations only where something lies at another than the main one. */
async function readLevels(variants: readonly VariantKey[], session: Session, deps: Deps): Promise<KnownLevels> {
  const levels = await deps.levels.allOf(variants, session);
  const tenants = levels.flatMap(({ tenantId, locationId }) =>
    locationId === mainLocationIdOf(tenantId) ? [] : [tenantId],
  );
  const locations = await deps.locations.ofTenants(tenants, session);
  return { levels, priorities: new Map(locations.map(({ id, priority }) => [id, priority])) };
}
