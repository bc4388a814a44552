// Decides a batch of orders' requests in their order, over levels in memory: nothing here reads, writes or waits.
// Invariants: all lines of an order or none, from whatever locations; never more reserved than on hand; a request takes
// effect at most once.
import type { DomainEvent } from '@holdfast/shared/contracts';
import { type Cause, derivedId, keyText, type Stamp } from '@holdfast/shared/values';
import type { StockBook } from '../stock/stock-book.ts';
import { availableOf, levelIdOf } from '../stock/stock-level.ts';
import { allocate, type Supply } from './allocate.ts';
import { type Allocation, heldBy, type Line, outcomeEvent, type Reservation, type Shortage } from './reservation.ts';

/** What an order asks of stock. */
type Request = {
  tenantId: string;
  orderId: string;
  /** The number of the demand: a greater one is decided, an equal one answered again, a smaller one ignored. */
  request: number;
  /** False: nobody waits for the answer to a request that was decided already. Default true. */
  isAwaited?: boolean;
  cause: Cause;
};
/** Lines of different variants. */
export type PlaceRequest = Request & { kind: 'place'; lines: readonly Line[] };
export type CancelRequest = Request & { kind: 'cancel'; reason: string };
export type StockRequest = PlaceRequest | CancelRequest;

export type ReservationChange = {
  /** As the decision has read it; undefined when it is new. */
  before: Reservation | undefined;
  after: Reservation;
  events: DomainEvent[];
};

/** Locations by their priority: the lowest serves first. Without any, or without one of them, it is the first. */
export type Priorities = ReadonlyMap<string, number>;
type Circumstances = Omit<Stamp, 'cause'> & { priorities?: Priorities };

/**
 * Lines of one variant become one: two movements of a request on one level would have one id.
 */
export function mergeLines(lines: readonly Line[]): Line[] {
  const quantities = new Map<string, number>();
  for (const line of lines) quantities.set(line.variantId, (quantities.get(line.variantId) ?? 0) + line.quantity);
  return [...quantities].map(([variantId, quantity]) => ({ variantId, quantity }));
}

/** Decides requests one after the other; postings go into the book, reservations come back with their events. */
export function reserveStock(
  requests: readonly StockRequest[],
  book: StockBook,
  stored: ReadonlyMap<string, Reservation>,
  { now, newEventId, priorities }: Circumstances,
): ReservationChange[] {
  const changes = new Map<string, ReservationChange>();
  for (const request of requests) {
    const key = keyText(request.tenantId, request.orderId);
    const current = changes.get(key)?.after ?? stored.get(key);
    if (current && request.request < current.request) continue;
    if (current?.request === request.request && request.isAwaited === false) continue;
    const reservation =
      current?.request === request.request ? current : decide(request, current, { book, now, priorities });
    const events = changes.get(key)?.events ?? [];
    events.push(outcomeEvent(reservation, { now, newEventId, cause: request.cause }));
    changes.set(key, { before: stored.get(key), after: reservation, events });
  }
  return [...changes.values()];
}

type Facts = { book: StockBook; now: Date; priorities: Priorities | undefined };

function decide(request: StockRequest, current: Reservation | undefined, facts: Facts): Reservation {
  switch (request.kind) {
    case 'place':
      return place(request, current, facts);
    case 'cancel':
      return cancel(request, current, facts);
    default:
      return request satisfies never;
  }
}

function place(request: PlaceRequest, current: Reservation | undefined, facts: Facts): Reservation {
  const { lines } = request;
  const decided = { request: request.request, version: (current?.version ?? 0) + 1, updatedAt: facts.now };
  const held = heldBy(current);
  const supplies = suppliesOf(request, held, facts);
  const shortages = shortagesOf(lines, supplies);
  if (shortages.length > 0) {
    const refused = current ?? { ...blank(request, facts.now), state: 'rejected' as const, lines };
    return { ...refused, ...decided, outcome: 'rejected', shortages };
  }
  const allocations = allocate(lines, supplies, held);
  move(request, held, allocations, 'order_placed', facts.book);
  const former = current && formerPlaces(current, allocations);
  const placed = { state: 'held', outcome: 'held', lines, allocations, shortages: [] } as const;
  return { ...(current ?? blank(request, facts.now)), ...(former && { former }), ...decided, ...placed };
}

// The ledger is searched by them: whatever the order moved was at a place of now or of before.
function formerPlaces({ allocations, former = [] }: Reservation, now: readonly Allocation[]): Reservation['former'] {
  const isNow = (place: Omit<Allocation, 'quantity'>) =>
    now.some((one) => one.variantId === place.variantId && one.locationId === place.locationId);
  const places = [...former, ...allocations].filter((place) => !isNow(place));
  const byKey = new Map(
    places.map(({ variantId, locationId }) => [`${variantId} ${locationId}`, { variantId, locationId }]),
  );
  return byKey.size > 0 ? [...byKey.values()] : undefined;
}

// Without a reservation it leaves a tombstone, so that a place that arrives late finds a greater request.
function cancel(request: CancelRequest, current: Reservation | undefined, { book, now }: Facts): Reservation {
  const held = heldBy(current);
  move(request, held, [], request.reason, book);
  return {
    ...(current ?? blank(request, now)),
    request: request.request,
    version: (current?.version ?? 0) + 1,
    state: 'released',
    outcome: 'released',
    allocations: held,
    shortages: [],
    updatedAt: now,
  };
}

function blank(request: StockRequest, now: Date): Omit<Reservation, 'state' | 'outcome'> {
  const { tenantId, orderId: id } = request;
  return {
    id,
    tenantId,
    request: request.request,
    version: 0,
    lines: [],
    allocations: [],
    shortages: [],
    createdAt: now,
    updatedAt: now,
  };
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
  request: StockRequest,
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
