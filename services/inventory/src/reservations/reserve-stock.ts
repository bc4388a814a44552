// Decides a batch of orders' requests in their order, over levels in memory: nothing here reads, writes or waits.
// Invariants: all lines of an order or none; never more reserved than on hand; a request takes effect at most once.
import type { DomainEvent } from '@holdfast/shared/contracts';
import { type Cause, derivedId, keyText, type Stamp } from '@holdfast/shared/values';
import { mainLocationIdOf } from '../locations/location.ts';
import type { StockBook } from '../stock/stock-book.ts';
import { availableOf, levelIdOf } from '../stock/stock-level.ts';
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
/** A line with the level that it is to be taken from. */
export type Demand = Allocation & { levelId: string };
export type PlaceRequest = Request & { kind: 'place'; demands: readonly Demand[] };
export type CancelRequest = Request & { kind: 'cancel'; reason: string };
export type StockRequest = PlaceRequest | CancelRequest;

export type ReservationChange = {
  /** As the decision has read it; undefined when it is new. */
  before: Reservation | undefined;
  after: Reservation;
  events: DomainEvent[];
};

/**
 * Takes lines from the main location. Lines of one variant become one:
 * two movements of a request on one level would have one id.
 */
export function demandsOf(tenantId: string, lines: readonly Line[]): Demand[] {
  const locationId = mainLocationIdOf(tenantId);
  const quantities = new Map<string, number>();
  for (const line of lines) quantities.set(line.variantId, (quantities.get(line.variantId) ?? 0) + line.quantity);
  return [...quantities].map(([variantId, quantity]) => {
    return { variantId, locationId, quantity, levelId: levelIdOf(tenantId, variantId, locationId) };
  });
}

/** Decides requests one after the other; postings go into the book, reservations come back with their events. */
export function reserveStock(
  requests: readonly StockRequest[],
  book: StockBook,
  stored: ReadonlyMap<string, Reservation>,
  { now, newEventId }: Omit<Stamp, 'cause'>,
): ReservationChange[] {
  const changes = new Map<string, ReservationChange>();
  for (const request of requests) {
    const key = keyText(request.tenantId, request.orderId);
    const current = changes.get(key)?.after ?? stored.get(key);
    if (current && request.request < current.request) continue;
    if (current?.request === request.request && request.isAwaited === false) continue;
    const reservation = current?.request === request.request ? current : decide(request, current, book, now);
    const events = changes.get(key)?.events ?? [];
    events.push(outcomeEvent(reservation, { now, newEventId, cause: request.cause }));
    changes.set(key, { before: stored.get(key), after: reservation, events });
  }
  return [...changes.values()];
}

function decide(request: StockRequest, current: Reservation | undefined, book: StockBook, now: Date): Reservation {
  switch (request.kind) {
    case 'place':
      return place(request, current, book, now);
    case 'cancel':
      return cancel(request, current, book, now);
    default:
      return request satisfies never;
  }
}

function place(request: PlaceRequest, current: Reservation | undefined, book: StockBook, now: Date): Reservation {
  const decided = { request: request.request, version: (current?.version ?? 0) + 1, updatedAt: now };
  const lines = request.demands.map(({ variantId, quantity }) => ({ variantId, quantity }));
  const held = demandsHeldBy(current);
  const shortages = shortagesOf(request.demands, held, book);
  if (shortages.length > 0) {
    const refused = current ?? { ...blank(request, now), state: 'rejected' as const, lines };
    return { ...refused, ...decided, outcome: 'rejected', shortages };
  }
  move(request, held, request.demands, 'order_placed', book);
  const allocations = request.demands.map(toAllocation);
  const placed = { state: 'held', outcome: 'held', lines, allocations, shortages: [] } as const;
  return { ...(current ?? blank(request, now)), ...decided, ...placed };
}

// Without a reservation it leaves a tombstone, so that a place that arrives late finds a greater request.
function cancel(request: CancelRequest, current: Reservation | undefined, book: StockBook, now: Date): Reservation {
  const held = demandsHeldBy(current);
  move(request, held, [], request.reason, book);
  return {
    ...(current ?? blank(request, now)),
    request: request.request,
    version: (current?.version ?? 0) + 1,
    state: 'released',
    outcome: 'released',
    allocations: held.map(toAllocation),
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

function demandsHeldBy(reservation: Reservation | undefined): Demand[] {
  return heldBy(reservation).map((held) => {
    return { ...held, levelId: levelIdOf(reservation!.tenantId, held.variantId, held.locationId) };
  });
}

const toAllocation = ({ variantId, locationId, quantity }: Demand): Allocation => ({ variantId, locationId, quantity });

// What the order holds already counts as available to it. A variant without a level has nothing.
function shortagesOf(wanted: readonly Demand[], held: readonly Demand[], book: StockBook): Shortage[] {
  const shortages: Shortage[] = [];
  for (const { variantId, levelId, quantity } of wanted) {
    const level = book.level(levelId);
    const own = held.find((demand) => demand.levelId === levelId)?.quantity ?? 0;
    const available = level ? availableOf(level) + own : 0;
    if (quantity > available) shortages.push({ variantId, requested: quantity, available });
  }
  return shortages;
}

// Quantities are absolute: only the difference to what is held moves.
function move(
  request: StockRequest,
  held: readonly Demand[],
  wanted: readonly Demand[],
  reason: string,
  book: StockBook,
): void {
  const { tenantId, orderId, cause } = request;
  const deltas = new Map<string, number>();
  for (const { levelId, quantity } of wanted) deltas.set(levelId, quantity);
  for (const { levelId, quantity } of held) deltas.set(levelId, (deltas.get(levelId) ?? 0) - quantity);
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
