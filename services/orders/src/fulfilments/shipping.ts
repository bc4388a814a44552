// Shipping an order in parcels, their arrival, and giving up what has not left. Pure.
// Invariants: nothing is shipped that the order does not hold; an order is SHIPPED once nothing is outstanding, and
// DELIVERED once all of its parcels have arrived, too.
import { DomainError } from '@holdfast/shared/errors';
import { fulfilmentsMax, shippedLinesMax } from '../limits.ts';
import type { Effect } from '../orders/evolve.ts';
import { type Allocation, assertCan, frozenPlacement, type Order, type OrderLine } from '../orders/order.ts';
import { type Fulfilment, fulfilmentsOf, heldOf, outstandingOf } from './fulfilment.ts';

export type FulfilmentEvent =
  | { type: 'shipped'; at: Date; fulfilment: Fulfilment; isComplete: boolean }
  | { type: 'delivered'; at: Date; actor: string; fulfilmentIds: readonly string[]; isComplete: boolean }
  | { type: 'corrected'; at: Date; actor: string; fulfilment: Fulfilment }
  | { type: 'rest_cancelled'; at: Date; actor: string; reason: string };

export type ShipCommand = {
  fulfilmentId: string;
  actor: string;
  /** Absent: all that is outstanding. */
  lines?: readonly { variantId: string; quantity: number }[] | undefined;
  /** Where it leaves from; absent: wherever the order holds it. */
  locationId?: string | undefined;
  carrier?: string | undefined;
  trackingNumber?: string | undefined;
};

/** A parcel leaves. Throws change_pending, illegal_transition, unknown_line, over_shipment, too_many_parcels. */
export function decideShip(order: Order, command: ShipCommand, at: Date): FulfilmentEvent {
  // What it holds is about to change.
  if (order.pending !== null) throw new DomainError('change_pending');
  assertCan(order, 'SHIPPED', 'shipped');
  assertKnown(order, command);
  const { fulfilmentId: id, actor: shippedBy, carrier, trackingNumber } = command;
  const held = heldOf(order).filter(({ locationId }) => (command.locationId ?? locationId) === locationId);
  const lines = take(held, command.lines);
  assertRoom(order, lines.length);
  // A field that is undefined would be stored as null.
  const named = { ...(carrier && { carrier }), ...(trackingNumber && { trackingNumber }) };
  const fulfilment = { id, lines, ...named, shippedBy, shippedAt: at };
  const after = { ...order, fulfilments: [...fulfilmentsOf(order), fulfilment] };
  return { type: 'shipped', at, fulfilment, isComplete: outstandingOf(after).length === 0 };
}

/** Throws `unknown_line` for what the order never had. */
function assertKnown({ lines, allocations }: Order, command: ShipCommand): void {
  const { lines: wanted = [], locationId } = command;
  const ordered = new Set(lines.map(({ variantId }) => variantId));
  const variantIds = wanted.map(({ variantId }) => variantId).filter((id) => !ordered.has(id));
  if (variantIds.length > 0) throw new DomainError('unknown_line', { extra: { variantIds } });
  if (locationId !== undefined && !allocations.some((one) => one.locationId === locationId))
    throw new DomainError('unknown_line', { extra: { locationId } });
}

/** Takes what is wanted from what is held, location by location. Throws over_shipment with what could be shipped. */
function take(held: readonly Allocation[], wanted: ShipCommand['lines']): Allocation[] {
  const want = new Map<string, number>();
  for (const { variantId, quantity } of wanted ?? held) want.set(variantId, (want.get(variantId) ?? 0) + quantity);
  const left = new Map<string, number>();
  for (const { variantId, quantity } of held) left.set(variantId, (left.get(variantId) ?? 0) + quantity);
  const over = [...want].filter(([variantId, quantity]) => quantity > (left.get(variantId) ?? 0));
  if (over.length > 0 || want.size === 0) {
    const lines = over.map(([variantId]) => ({ variantId, remaining: left.get(variantId) ?? 0 }));
    throw new DomainError('over_shipment', { extra: { lines } });
  }
  return held.flatMap((allocation) => {
    const quantity = Math.min(allocation.quantity, want.get(allocation.variantId) ?? 0);
    if (quantity === 0) return [];
    want.set(allocation.variantId, want.get(allocation.variantId)! - quantity);
    return [{ ...allocation, quantity }];
  });
}

function assertRoom(order: Order, lineCount: number): void {
  const parcels = fulfilmentsOf(order);
  const count = parcels.reduce((sum, { lines }) => sum + lines.length, lineCount);
  if (parcels.length >= fulfilmentsMax || count > shippedLinesMax) throw new DomainError('too_many_parcels');
}

/** A parcel that has not arrived. Throws not_found, illegal_transition. */
function findOnTheWay(order: Order, fulfilmentId: string, done: string): Fulfilment {
  const parcel = fulfilmentsOf(order).find(({ id }) => id === fulfilmentId);
  if (parcel === undefined) throw new DomainError('not_found');
  if (parcel.delivery === undefined) return parcel;
  throw new DomainError('illegal_transition', {
    detail: `A parcel that is DELIVERED cannot be ${done}.`,
    extra: { fulfilmentStatus: 'DELIVERED', allowed: [] },
  });
}

/** A merge patch: null takes a field away, what is absent stays. */
export type Correction = { carrier?: string | null | undefined; trackingNumber?: string | null | undefined };

/** Its carrier or number was wrong; undefined when it was not. Throws not_found; illegal_transition once it arrived. */
export function decideCorrect(
  order: Order,
  { fulfilmentId, actor, patch }: { fulfilmentId: string; actor: string; patch: Correction },
  at: Date,
): FulfilmentEvent | undefined {
  const { carrier, trackingNumber, ...parcel } = findOnTheWay(order, fulfilmentId, 'corrected');
  const now = {
    carrier: patch.carrier === undefined ? carrier : patch.carrier,
    trackingNumber: patch.trackingNumber === undefined ? trackingNumber : patch.trackingNumber,
  };
  if ((now.carrier ?? undefined) === carrier && (now.trackingNumber ?? undefined) === trackingNumber) return undefined;
  const named = {
    ...(now.carrier && { carrier: now.carrier }),
    ...(now.trackingNumber && { trackingNumber: now.trackingNumber }),
  };
  return {
    type: 'corrected',
    at,
    actor,
    fulfilment: { ...parcel, ...named, corrections: (parcel.corrections ?? 0) + 1 },
  };
}

/** A parcel has arrived. Throws not_found; illegal_transition when it had arrived before. */
export function decideDeliverParcel(
  order: Order,
  { fulfilmentId, actor }: { fulfilmentId: string; actor: string },
  at: Date,
): FulfilmentEvent {
  findOnTheWay(order, fulfilmentId, 'delivered');
  const isLast = onTheWay(order).every(({ id }) => id === fulfilmentId);
  return {
    type: 'delivered',
    at,
    actor,
    fulfilmentIds: [fulfilmentId],
    isComplete: isLast && order.status === 'SHIPPED',
  };
}

/** All parcels have arrived. Throws illegal_transition while anything is outstanding. */
export function decideDeliver(order: Order, { actor }: { actor: string }, at: Date): FulfilmentEvent {
  if (order.status === 'PARTIALLY_SHIPPED') {
    const extra = { orderStatus: order.status, allowed: ['SHIPPED'] };
    throw new DomainError('illegal_transition', { detail: 'Not everything of the order has left.', extra });
  }
  assertCan(order, 'DELIVERED', 'delivered');
  return { type: 'delivered', at, actor, fulfilmentIds: onTheWay(order).map(({ id }) => id), isComplete: true };
}

function onTheWay(order: Order): Fulfilment[] {
  return fulfilmentsOf(order).filter(({ delivery }) => delivery === undefined);
}

/** What a parcel, its arrival or giving up the rest makes of an order. */
export function effectOfFulfilment(order: Order, event: FulfilmentEvent): Effect {
  switch (event.type) {
    case 'shipped': {
      const to = event.isComplete ? 'SHIPPED' : 'PARTIALLY_SHIPPED';
      const fulfilments = [...fulfilmentsOf(order), event.fulfilment];
      const entry = { event: 'fulfilment.shipped', actor: event.fulfilment.shippedBy, reason: 'shipped' };
      return { set: { fulfilments }, entry: { to, ...entry } };
    }
    case 'delivered': {
      const { at, actor: by, fulfilmentIds, isComplete } = event;
      const arrived = new Set(fulfilmentIds);
      const fulfilments = fulfilmentsOf(order).map((one) =>
        arrived.has(one.id) ? { ...one, delivery: { by, at } } : one,
      );
      const entry = { actor: by, reason: 'delivered' };
      if (!isComplete) return { set: { fulfilments }, entry: { event: 'fulfilment.delivered', ...entry } };
      return { set: { fulfilments }, entry: { to: 'DELIVERED', event: 'order.delivered', ...entry } };
    }
    case 'corrected': {
      const { actor, fulfilment } = event;
      const fulfilments = fulfilmentsOf(order).map((one) => (one.id === fulfilment.id ? fulfilment : one));
      return { set: { fulfilments }, entry: { event: 'order.edited', actor, reason: 'parcel corrected' } };
    }
    case 'rest_cancelled':
      return effectOfCancelledRest(order, event);
    default:
      return event satisfies never;
  }
}

/** The lines lose what has not left, the total what that cost; inventory lets go by the next request. */
function effectOfCancelledRest(order: Order, { actor, reason }: { actor: string; reason: string }): Effect {
  const rest = new Map(outstandingOf(order).map(({ variantId, quantity }) => [variantId, quantity]));
  const lines = order.lines.map((line) => withoutRest(line, rest.get(line.variantId) ?? 0));
  const cost = (all: readonly OrderLine[]) => all.reduce((sum, line) => sum + line.total.amount, 0);
  // A discount can be more than what is left: nothing costs less than nothing.
  const amount = Math.max(0, order.total.amount - cost(order.lines) + cost(lines));
  const to = onTheWay(order).length === 0 ? 'DELIVERED' : 'SHIPPED';
  return {
    set: { ...frozenPlacement(order), lines, total: { ...order.total, amount }, request: order.request + 1 },
    entry: { to, event: 'order.rest_cancelled', actor, reason },
  };
}

function withoutRest(line: OrderLine, rest: number): OrderLine {
  if (rest === 0) return line;
  const cancelled = (line.cancelled ?? 0) + rest;
  const total = { ...line.total, amount: line.unitPrice.amount * (line.quantity - cancelled) };
  return { ...line, cancelled, total };
}
