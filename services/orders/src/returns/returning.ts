// Deciding on returns: what may come back, and what has. Pure.
// Invariants: never more of a variant comes back than has left, over all returns of an order; a return is received
// once.
import type { OrderStatus } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { Money } from '@holdfast/shared/values';
import { fulfilmentsOf } from '../fulfilments/fulfilment.ts';
import { returnedLinesMax, returnsMax } from '../limits.ts';
import { type Order, transitions as orderTransitions } from '../orders/order.ts';
import type { PaymentRecord } from '../payments/payment.ts';
import { refundRecord } from '../payments/refund.ts';
import type { PricedLine } from '../payments/share-refund.ts';
import {
  type Arrival,
  type Return,
  type ReturnLine,
  type ReturnQuantity,
  type ReturnStatus,
  returnableOf,
  returnsOf,
  statusOf,
  sumByVariant,
  transitions,
} from './return.ts';

/** `returned` is the return after the event, `record` the money that is given back with it. */
export type ReturnEvent = {
  type: 'return_changed';
  at: Date;
  actor: string;
  returned: Return;
  record?: PaymentRecord | undefined;
};

type By = { returnId: string; actor: string };
export type RequestReturn = By & {
  lines: readonly ReturnLine[];
  /** Of a customer: how long after delivery. Absent: staff, at any time. */
  windowDays?: number | undefined;
};
export type ApproveReturn = By & { lines?: readonly ReturnQuantity[] | undefined };
export type DeclineReturn = By & { reason?: string | undefined };
export type ReceivedLine = Omit<Arrival, 'locationId'> & { locationId?: string | undefined };
export type ReceiveReturn = By & { lines: readonly ReceivedLine[] };
/** `known`: which of the locations that it names there are. */
type KnownPlaces = { known?: ReadonlySet<string> | undefined };
export type CloseReturn = By & { refund?: Money | undefined; paymentId: string };

const dayMs = 86_400_000;
const shippedStatuses: readonly OrderStatus[] = ['PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED'];

/**
 * Units are to come back. Throws illegal_transition before anything has left (for customers: arrived), unknown_line,
 * return_window_closed, over_return, too_many_returns.
 */
export function decideRequest(order: Order, command: RequestReturn, at: Date): ReturnEvent {
  const { returnId: id, actor, lines, windowDays } = command;
  if (!shippedStatuses.includes(order.status)) throw tooEarly(order, 'been shipped');
  assertOrdered(order, lines);
  const returnable = returnableOf(order);
  if (windowDays !== undefined) {
    const arrived = arrivedWithin(order, windowDays, at);
    for (const [variantId, quantity] of returnable)
      returnable.set(variantId, Math.min(quantity, arrived.get(variantId) ?? 0));
  }
  assertWithin(lines, returnable);
  if (returnsOf(order).length >= returnsMax) throw new DomainError('too_many_returns');
  return changed({ id, lines, requestedBy: actor, requestedAt: at }, actor, at);
}

function tooEarly({ status }: Order, what: string): DomainError {
  return new DomainError('illegal_transition', {
    detail: `Nothing of the order has ${what}, so nothing can be returned.`,
    extra: { orderStatus: status, allowed: [...orderTransitions[status]] },
  });
}

/** How much of each variant has arrived within the window. */
function arrivedWithin(order: Order, days: number, now: Date): ReadonlyMap<string, number> {
  const arrived = fulfilmentsOf(order).filter(({ delivery }) => delivery !== undefined);
  if (arrived.length === 0) throw tooEarly(order, 'arrived');
  const endOf = (delivered: Date) => new Date(delivered.getTime() + days * dayMs);
  const open = arrived.filter(({ delivery }) => now < endOf(delivery!.at));
  if (open.length === 0) {
    const last = new Date(Math.max(...arrived.map(({ delivery }) => delivery!.at.getTime())));
    throw new DomainError('return_window_closed', { extra: { closedAt: endOf(last).toISOString() } });
  }
  return sumByVariant(open.flatMap(({ lines }) => lines));
}

/** These units may come back; absent: all that were asked for. Throws unknown_line and over_return, too. */
export function decideApprove(order: Order, { returnId, actor, lines }: ApproveReturn, at: Date): ReturnEvent {
  const one = find(order, returnId, 'APPROVED');
  const asked = sumByVariant(one.lines);
  const unknown = (lines ?? []).filter(({ variantId }) => !asked.has(variantId));
  if (unknown.length > 0) throw unknownLine(unknown);
  assertWithin(lines ?? [], asked);
  const approved = (lines ?? one.lines).map(({ variantId, quantity }) => ({ variantId, quantity }));
  return changed({ ...one, approval: { by: actor, at, lines: approved } }, actor, at);
}

/** Nothing of it is taken back. */
export function decideDecline(order: Order, { returnId, actor, reason }: DeclineReturn, at: Date): ReturnEvent {
  const one = find(order, returnId, 'DECLINED');
  return changed({ ...one, refusal: { by: actor, at, ...(reason && { reason }) } }, actor, at);
}

/**
 * What came back, at the location that it is named, or where the variant was shipped from first. That may be more than
 * was approved, or another variant: what arrives, arrives. Throws unknown_line, over_return and too_many_returns, too.
 */
export function decideReceive(
  order: Order,
  { returnId, actor, lines, known }: ReceiveReturn & KnownPlaces,
  at: Date,
): ReturnEvent {
  const one = find(order, returnId, 'RECEIVED');
  assertOrdered(order, lines);
  assertPlaces(order, lines, known);
  assertWithin(lines, returnableOf(order, returnId));
  const arrivals = mergeArrivals(
    lines.map((line) => ({ ...line, locationId: line.locationId ?? originOf(order, line) })),
  );
  const before = returnsOf(order).reduce((sum, { receipt }) => sum + (receipt?.lines.length ?? 0), 0);
  if (before + arrivals.length > returnedLinesMax) throw new DomainError('too_many_returns');
  return changed({ ...one, receipt: { by: actor, at, lines: arrivals } }, actor, at);
}

/** Where a part of the order lay is a place, too: a location may be known to orders only by it. */
function assertPlaces({ allocations }: Order, lines: readonly ReceivedLine[], known: KnownPlaces['known']): void {
  const places = new Set([...(known ?? []), ...allocations.map(({ locationId }) => locationId)]);
  if (lines.some(({ locationId }) => locationId !== undefined && !places.has(locationId)))
    throw new DomainError('unknown_location');
}

/** Where the first parcel with the variant came from. */
function originOf(order: Order, { variantId }: ReturnQuantity): string {
  const parcels = fulfilmentsOf(order).flatMap(({ lines }) => lines);
  return parcels.find((line) => line.variantId === variantId)!.locationId;
}

/** One line for what is alike. */
function mergeArrivals(arrivals: readonly Arrival[]): Arrival[] {
  const merged = new Map<string, Arrival>();
  for (const { variantId, locationId, quantity, condition, restock } of arrivals) {
    const key = [variantId, locationId, condition, restock].join('\n');
    const sum = (merged.get(key)?.quantity ?? 0) + quantity;
    merged.set(key, { variantId, locationId, quantity: sum, condition, restock });
  }
  return [...merged.values()];
}

/**
 * Nothing more happens with it. A refund is recorded in the same change and falls to what came back; throws what
 * `refundRecord` throws, too.
 */
export function decideClose(order: Order, command: CloseReturn, at: Date): ReturnEvent {
  const { returnId, actor, refund: amount, paymentId: id } = command;
  const one = find(order, returnId, 'CLOSED');
  const event = changed({ ...one, closing: { by: actor, at, ...(amount && { refund: amount }) } }, actor, at);
  if (amount === undefined) return event;
  const refund = { id, amount, actor, reference: returnId, returnId };
  const record = refundRecord(order, refund, at, linesOf(order, one));
  return { ...event, record };
}

/** What came back, at what it cost; all lines where nothing did. */
function linesOf({ lines }: Order, { receipt }: Return): readonly PricedLine[] {
  if (receipt === undefined) return lines;
  const received = sumByVariant(receipt.lines);
  return lines.flatMap(({ variantId, unitPrice: { amount } }) => {
    const quantity = received.get(variantId) ?? 0;
    return quantity > 0 ? [{ variantId, total: { amount: amount * quantity } }] : [];
  });
}

/** Throws not_found, and illegal_transition when it cannot get this status. */
function find(order: Order, returnId: string, to: ReturnStatus): Return {
  const one = returnsOf(order).find(({ id }) => id === returnId);
  if (one === undefined) throw new DomainError('not_found');
  const status = statusOf(one);
  const allowed = transitions[status];
  if (allowed.includes(to)) return one;
  throw new DomainError('illegal_transition', {
    detail: `A return that is ${status} cannot become ${to}.`,
    extra: { returnStatus: status, allowed: [...allowed] },
  });
}

function assertOrdered(order: Order, lines: readonly ReturnQuantity[]): void {
  const ordered = new Set(order.lines.map(({ variantId }) => variantId));
  const unknown = lines.filter(({ variantId }) => !ordered.has(variantId));
  if (unknown.length > 0) throw unknownLine(unknown);
}

function unknownLine(lines: readonly ReturnQuantity[]): DomainError {
  return new DomainError('unknown_line', { extra: { variantIds: [...sumByVariant(lines).keys()] } });
}

function assertWithin(lines: readonly ReturnQuantity[], available: ReadonlyMap<string, number>): void {
  const over = [...sumByVariant(lines)].filter(([variantId, quantity]) => quantity > (available.get(variantId) ?? 0));
  if (over.length === 0) return;
  const left = over.map(([variantId]) => ({ variantId, remaining: available.get(variantId) ?? 0 }));
  throw new DomainError('over_return', { extra: { lines: left } });
}

function changed(returned: Return, actor: string, at: Date): ReturnEvent {
  return { type: 'return_changed', at, actor, returned };
}
