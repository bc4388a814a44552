// The order: its states, the decisions that change it and what each change does to it. Pure: time,
// ids and prices arrive as arguments.
// Invariants: an outcome counts only while its request is the pending one; the placement decision is frozen once made.
import type { OrderStatus } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { Money } from '@holdfast/shared/values';

export type OrderLine = {
  variantId: string;
  sku: string;
  name: string;
  quantity: number;
  unitPrice: Money;
  total: Money;
};
export type Allocation = { variantId: string; locationId: string; quantity: number };
export type Shortage = { variantId: string; requested: number; available: number };
export type Address = {
  name: string;
  line1: string;
  line2?: string | undefined;
  city: string;
  region?: string | undefined;
  postalCode?: string | undefined;
  country: string;
  phone?: string | undefined;
};
/** Identifies the timeline entry of a command, so that a repeated one is recognised. */
export type TimelineKey = {
  /** Derived from the Idempotency-Key, where a client sent one. */
  id: string;
  /** Hash of the request that the key belongs to. */
  requestHash?: string;
};
export type TimelineEntry = TimelineKey & {
  at: Date;
  from: OrderStatus | null;
  to: OrderStatus;
  actor: string;
  reason: string;
};
/** What the placement came to, with the fields as they were then: a replay answers with it for ever. */
export type Decision = { status: OrderStatus; at: Date; version: number };

export type Order = {
  id: string;
  tenantId: string;
  status: OrderStatus;
  customerId: string | null;
  placedBy: string;
  lines: OrderLine[];
  total: Money;
  allocations: Allocation[];
  shortages: Shortage[];
  cancelReason: string | null;
  shippingAddress?: Address | undefined;
  note?: string | undefined;
  metadata?: Record<string, string | number | boolean | null> | undefined;
  requestHash: string;
  /** The number of the current demand on stock. */
  request: number;
  /** The demand that inventory has not answered. */
  pending: { request: number; kind: 'place' } | null;
  decision: Decision | null;
  timeline: TimelineEntry[];
  decideBefore: Date;
  /** When the sweep handles it next; null once nothing is awaited. */
  dueAt: Date | null;
  reminderCount: number;
  version: number;
  createdAt: Date;
  updatedAt: Date;
};

/** Which state may follow which. */
export const transitions: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  PENDING: ['CONFIRMED', 'REJECTED', 'CANCELLED'],
  CONFIRMED: ['CANCELLED'],
  REJECTED: [],
  CANCELLED: [],
};

/** The variants that an order demands. */
export function variantIdsOf(order: Order): string[] {
  return order.lines.map((line) => line.variantId);
}

/** What inventory answered to a request. */
export type Outcome =
  | { kind: 'held'; request: number; allocations: Allocation[] }
  | { kind: 'rejected'; request: number; shortages: Shortage[] };

/** What happened to an order. */
export type OrderEvent =
  | { type: 'confirmed'; at: Date; allocations: Allocation[] }
  | { type: 'rejected'; at: Date; shortages: Shortage[] }
  | {
      type: 'cancelled';
      at: Date;
      cause: 'requested' | 'undecided' | typeof stockWithdrawn;
      reason: string;
      actor: string;
    }
  | { type: 'reminded'; at: Date; nextDueAt: Date }
  | { type: 'demanded'; at: Date }
  | { type: 'erased'; at: Date };

/** What an outcome does to an order, or undefined: not pending, or not the current request. */
export function decideOutcome(order: Order, outcome: Outcome, now: Date): OrderEvent | undefined {
  if (order.pending?.request !== outcome.request) return undefined;
  if (outcome.kind === 'rejected') return { type: 'rejected', at: now, shortages: outcome.shortages };
  // Held too late: an order is not confirmed long after its client has given up on it.
  if (now > order.decideBefore) return undecided(now);
  return { type: 'confirmed', at: now, allocations: outcome.allocations };
}

/** Cancels before shipping. Throws `illegal_transition` when the state does not allow it. */
export function decideCancel(order: Order, command: { at: Date; actor: string; reason: string }): OrderEvent {
  assertCan(order, 'CANCELLED', 'cancelled');
  return { type: 'cancelled', cause: 'requested', ...command };
}

/** Why an order is cancelled whose stock is withdrawn. Customers are not told. */
export const stockWithdrawn = 'stock_withdrawn';

/** Cancels for stock that is withdrawn; undefined when the state does not allow it, or it is too late. */
export function decideWithdrawn(order: Order, { now, before }: { now: Date; before: Date }): OrderEvent | undefined {
  if (now >= before || !transitions[order.status].includes('CANCELLED')) return undefined;
  return { type: 'cancelled', cause: stockWithdrawn, reason: stockWithdrawn, actor: 'system', at: now };
}

/** What an order demands of stock now. */
export function demandOf({ status, pending }: Pick<Order, 'status' | 'pending'>): 'holds' | 'none' | 'pending' {
  if (pending !== null) return 'pending';
  return status === 'CONFIRMED' ? 'holds' : 'none';
}

/**
 * Demands once more what the order holds, by its next request: inventory has lost it, or let it go, and what it had
 * moved for the request of before may still be in its ledger.
 */
export function decideDemand(order: Order, { now, request }: { now: Date; request: number }): OrderEvent | undefined {
  return demandOf(order) === 'holds' && order.request === request ? { type: 'demanded', at: now } : undefined;
}

/** Throws `illegal_transition` when the order cannot become `to`; `done` is the word for it. */
function assertCan(order: Order, to: OrderStatus, done: string): void {
  const allowed = transitions[order.status];
  if (allowed.includes(to)) return;
  throw new DomainError('illegal_transition', {
    detail: `An order that is ${order.status} cannot be ${done}.`,
    extra: { orderStatus: order.status, allowed: [...allowed] },
  });
}

/** Erases what tells of a person; undefined when nothing does. */
export function decideErasure(order: Order, now: Date): OrderEvent | undefined {
  const { shippingAddress, note, metadata, timeline } = order;
  const isPersonal = [shippingAddress, note, metadata].some((field) => field !== undefined);
  return isPersonal || timeline.some(isFreeText) ? { type: 'erased', at: now } : undefined;
}

const erasedText = 'erased';
/** Somebody's own words. */
const isFreeText = ({ to, actor, reason }: TimelineEntry) =>
  to === 'CANCELLED' && actor !== 'system' && reason !== erasedText;

/** What a due order needs: a reminder, a cancellation, or only an alarm (undefined). */
export function decideDue(
  order: Order,
  now: Date,
  policy: { afterMs: number; countMax: number },
): OrderEvent | undefined {
  if (order.pending === null) return undefined;
  if (now >= order.decideBefore) return undecided(now);
  if (order.reminderCount >= policy.countMax) return undefined;
  const later = new Date(now.getTime() + policy.afterMs);
  // After the last reminder only the end of the decision window is awaited.
  const isLast = order.reminderCount + 1 >= policy.countMax || later > order.decideBefore;
  return { type: 'reminded', at: now, nextDueAt: isLast ? order.decideBefore : later };
}

function undecided(now: Date): OrderEvent {
  return { type: 'cancelled', cause: 'undecided', at: now, actor: 'system', reason: 'not decided in time' };
}

/** The order after an event. `entry` names the timeline entry where the event makes one. */
export function evolve(order: Order, event: OrderEvent, entry: TimelineKey): Order {
  const { at } = event;
  const next: Order = { ...order, version: order.version + 1, updatedAt: at };
  const enter = (to: OrderStatus, actor: string, reason: string): Order => ({
    ...next,
    status: to,
    pending: null,
    dueAt: null,
    decision: order.decision ?? { status: to, at, version: next.version },
    timeline: [...order.timeline, { ...entry, at, from: order.status, to, actor, reason }],
  });
  switch (event.type) {
    case 'confirmed':
      return { ...enter('CONFIRMED', 'system', 'stock reserved'), allocations: event.allocations };
    case 'rejected':
      return { ...enter('REJECTED', 'system', 'insufficient stock'), shortages: event.shortages };
    case 'cancelled':
      return {
        ...enter('CANCELLED', event.actor, event.reason),
        request: order.request + 1,
        cancelReason: event.reason,
      };
    case 'erased':
      return {
        ...next,
        shippingAddress: undefined,
        note: undefined,
        metadata: undefined,
        cancelReason: order.timeline.some(isFreeText) ? erasedText : order.cancelReason,
        timeline: order.timeline.map((one) => (isFreeText(one) ? { ...one, reason: erasedText } : one)),
      };
    case 'reminded':
      return { ...next, dueAt: event.nextDueAt, reminderCount: order.reminderCount + 1 };
    case 'demanded':
      return { ...next, request: order.request + 1 };
    default:
      return event satisfies never;
  }
}

/** The order as it was at the placement decision: what a replay of the placing request is answered with. */
export function atDecision(order: Order): Order {
  const { decision } = order;
  if (decision === null) return order;
  return {
    ...order,
    status: decision.status,
    version: decision.version,
    updatedAt: decision.at,
    cancelReason: decision.status === 'CANCELLED' ? order.cancelReason : null,
  };
}
