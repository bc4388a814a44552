// Decides a batch of what orders ask and tell in their order, over levels in memory: nothing here reads, writes or
// waits. Invariants: all lines of an order or none, from whatever locations; never more reserved than on hand; a
// request, a parcel and a return take effect at most once.
import type { DomainEvent } from '@holdfast/shared/contracts';
import { derivedId, keyText, type Stamp } from '@holdfast/shared/values';
import type { StockBook } from '../stock/stock-book.ts';
import { openDocuments, type StockDocuments } from '../stock/stock-documents.ts';
import { availableOf, levelIdOf } from '../stock/stock-level.ts';
import { allocate, type Supply } from './allocate.ts';
import { consume, hasLeft, isBack, restock } from './consume-stock.ts';
import {
  type Allocation,
  consumedEvent,
  formerPlaces,
  heldBy,
  type Line,
  outcomeEvent,
  type Reservation,
  type Shortage,
  stateWithoutStock,
} from './reservation.ts';
import type {
  CancelRequest,
  DemandRequest,
  PlaceRequest,
  RestockRequest,
  ShipRequest,
  SnapshotRequest,
  StockRequest,
} from './stock-request.ts';

export type ReservationChange = {
  /** As the decision has read it; undefined when it is new. */
  before: Reservation | undefined;
  after: Reservation;
  events: DomainEvent[];
};

/** Locations by their priority: the lowest serves first. Without any, or without one of them, it is the first. */
export type Priorities = ReadonlyMap<string, number>;
type Circumstances = Omit<Stamp, 'cause'> & {
  priorities?: Priorities;
  /** The locations that units may come back to; default none. */
  documents?: StockDocuments;
};

/** Decides requests one after the other; postings go into the book, reservations come back with their events. */
export function reserveStock(
  requests: readonly StockRequest[],
  book: StockBook,
  stored: ReadonlyMap<string, Reservation>,
  { now, newEventId, priorities, documents = openDocuments(new Map()) }: Circumstances,
): ReservationChange[] {
  const changes = new Map<string, ReservationChange>();
  for (const request of requests) {
    const key = keyText(request.tenantId, request.orderId);
    const stamp = { now, newEventId, cause: request.cause };
    const step = decide(request, changes.get(key)?.after ?? stored.get(key), { book, documents, priorities, stamp });
    if (step === undefined) continue;
    const events = [...(changes.get(key)?.events ?? []), ...step.events];
    changes.set(key, { before: stored.get(key), after: step.after, events });
  }
  return [...changes.values()];
}

type Facts = { book: StockBook; documents: StockDocuments; priorities: Priorities | undefined; stamp: Stamp };
/** What a request does to a reservation; undefined: nothing, and nobody is told. */
type Step = { after: Reservation; events: DomainEvent[] } | undefined;

function decide(request: StockRequest, current: Reservation | undefined, facts: Facts): Step {
  switch (request.kind) {
    case 'place':
    case 'cancel':
      return demand(request, current, facts);
    case 'ship':
      return ship(request, current, facts);
    case 'restock':
      return takeBack(request, current, facts);
    case 'snapshot':
      return catchUp(request, current, facts);
    default:
      return request satisfies never;
  }
}

function demand(request: DemandRequest, current: Reservation | undefined, facts: Facts): Step {
  if (current && request.request < current.request) return undefined;
  const isKnown = current?.request === request.request;
  if (isKnown && request.isAwaited === false) return undefined;
  const after = isKnown ? current : decideDemand(request, current, facts);
  return { after, events: [outcomeEvent(after, facts.stamp)] };
}

function decideDemand(request: DemandRequest, current: Reservation | undefined, facts: Facts): Reservation {
  return request.kind === 'place' ? place(request, current, facts) : cancel(request, current, facts);
}

function ship(request: ShipRequest, current: Reservation | undefined, facts: Facts): Step {
  const { parcel } = request;
  if (current && hasLeft(current, parcel)) return undefined;
  const after = consume(current ?? unheard(request, facts), parcel, movesOf(facts));
  return { after, events: [consumedEvent(after, parcel, facts.stamp)] };
}

// The version of a reservation counts what is published of it: what comes back is told by its levels.
function takeBack(request: RestockRequest, current: Reservation | undefined, facts: Facts): Step {
  if (current && isBack(current, request.restock)) return undefined;
  if (current) return { after: restock(current, request.restock, movesOf(facts)), events: [] };
  const after = restock({ ...unheard(request, facts), version: 1 }, request.restock, movesOf(facts));
  return { after, events: [outcomeEvent(after, facts.stamp)] };
}

/**
 * First what has moved without having been heard of, then the demand by the rules of requests. However much it makes up
 * for is one change, which is told by the outcome.
 */
function catchUp(request: SnapshotRequest, current: Reservation | undefined, facts: Facts): Step {
  const parcels = request.parcels.filter((parcel) => !current || !hasLeft(current, parcel));
  const restocks = request.restocks.filter((one) => !current || !isBack(current, one));
  if (parcels.length + restocks.length === 0) return demand(request.demand, current, facts);
  // Before every demand, so that the one of the snapshot is a newer one.
  let after = current ?? unheard({ ...request, request: 0 }, facts);
  for (const parcel of parcels) after = consume(after, parcel, movesOf(facts));
  for (const one of restocks) after = restock(after, one, movesOf(facts));
  if (request.demand.request > after.request) after = decideDemand(request.demand, after, facts);
  after = { ...after, version: (current?.version ?? 0) + 1 };
  return { after, events: [outcomeEvent(after, facts.stamp)] };
}

function movesOf({ book, documents, stamp: { now, cause = {} } }: Facts) {
  return { book, documents, now, cause };
}

/** The reservation of an order whose demands were never heard of: nothing is held for it. */
function unheard(request: Named, { stamp: { now } }: Facts): Reservation {
  return { ...blank(request, now), state: 'released', outcome: 'released' };
}

function place(request: PlaceRequest, current: Reservation | undefined, facts: Facts): Reservation {
  const { lines } = request;
  const decided = { request: request.request, version: (current?.version ?? 0) + 1, updatedAt: facts.stamp.now };
  const held = heldBy(current);
  const supplies = suppliesOf(request, held, facts);
  const shortages = shortagesOf(lines, supplies);
  if (shortages.length > 0) {
    const refused = current ?? { ...blank(request, facts.stamp.now), state: 'rejected' as const, lines };
    return { ...refused, ...decided, outcome: 'rejected', shortages };
  }
  const allocations = allocate(lines, supplies, held);
  move(request, held, allocations, 'order_placed', facts.book);
  const former = current && formerPlaces(current, allocations);
  const placed = { state: 'held', outcome: 'held', lines, allocations, shortages: [] } as const;
  return { ...(current ?? blank(request, facts.stamp.now)), ...(former && { former }), ...decided, ...placed };
}

// Without a reservation it leaves a tombstone, so that a place that arrives late finds a greater request.
function cancel(
  request: CancelRequest,
  current: Reservation | undefined,
  { book, stamp: { now } }: Facts,
): Reservation {
  const held = heldBy(current);
  move(request, held, [], request.reason, book);
  return {
    ...(current ?? blank(request, now)),
    request: request.request,
    version: (current?.version ?? 0) + 1,
    state: stateWithoutStock(current ?? {}),
    outcome: 'released',
    allocations: held,
    shortages: [],
    updatedAt: now,
  };
}

type Named = { tenantId: string; orderId: string; request: number };

function blank({ tenantId, orderId: id, request }: Named, now: Date): Omit<Reservation, 'state' | 'outcome'> {
  const nothing = { lines: [], allocations: [], shortages: [] };
  return { id, tenantId, request, version: 0, ...nothing, createdAt: now, updatedAt: now };
}

// What the order holds already counts as available to it. A variant without a level has nothing.
function suppliesOf(
  { tenantId, lines }: PlaceRequest,
  held: readonly Allocation[],
  { book, priorities }: Facts,
): Supply[] {
  return lines.flatMap(({ variantId }) =>
    book.levelsOf(tenantId, variantId).map((level) => {
      const { locationId } = level;
      const own = held.find((one) => one.variantId === variantId && one.locationId === locationId)?.quantity ?? 0;
      const priority = priorities?.get(locationId) ?? 1;
      return { variantId, locationId, priority, available: availableOf(level) + own };
    }),
  );
}

function shortagesOf(lines: readonly Line[], supplies: readonly Supply[]): Shortage[] {
  return lines.flatMap(({ variantId, quantity }) => {
    const available = supplies.reduce((sum, one) => (one.variantId === variantId ? sum + one.available : sum), 0);
    return quantity > available ? [{ variantId, requested: quantity, available }] : [];
  });
}

// Quantities are absolute: only the difference to what is held moves.
function move(
  request: DemandRequest,
  held: readonly Allocation[],
  wanted: readonly Allocation[],
  reason: string,
  book: StockBook,
): void {
  const { tenantId, orderId, cause } = request;
  const deltas = new Map<string, number>();
  const add = ({ variantId, locationId, quantity }: Allocation, sign: 1 | -1) => {
    const levelId = levelIdOf(tenantId, variantId, locationId);
    deltas.set(levelId, (deltas.get(levelId) ?? 0) + sign * quantity);
  };
  for (const one of wanted) add(one, 1);
  for (const one of held) add(one, -1);
  for (const [levelId, reservedDelta] of deltas) {
    if (reservedDelta === 0) continue;
    const posting = {
      movementId: derivedId('mov', tenantId, orderId, String(request.request), levelId),
      kind: reservedDelta > 0 ? ('reservation' as const) : ('release' as const),
      onHandDelta: 0,
      reservedDelta,
      reason,
      actor: 'service:orders',
      reference: { type: 'order' as const, id: orderId },
    };
    book.post(levelId, posting, cause);
  }
}
