// The order: what it is made of, its states and which may follow which. Pure: time, ids and prices arrive as
// arguments. What is decided about it stands in files of its own, what a decision does to it in evolve.ts.
// Invariant: the placement decision is frozen once made.
import type { chargeKinds, OrderStatus } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { Money } from '@holdfast/shared/values';
import { type Fulfilment, outstandingOf } from '../fulfilments/fulfilment.ts';
import type { OrderPayment, PaymentRecord } from '../payments/payment.ts';
import type { Return } from '../returns/return.ts';

export type OrderLine = {
  variantId: string;
  sku: string;
  name: string;
  quantity: number;
  unitPrice: Money;
  total: Money;
  /** How much of it was given up after other parts had left; `total` is without. */
  cancelled?: number | undefined;
};
/** What an order costs or saves beside its lines; a discount is negative, the others are not. */
export type Charge = { kind: (typeof chargeKinds)[number]; label: string; amount: Money };
export type Metadata = Record<string, string | number | boolean | null>;
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
  /** What happened, as its event is called: `order.confirmed`; absent in entries of early releases. */
  event?: string | undefined;
  /** Of the answer to an edit: which one, and what it was refused for. */
  editId?: string | undefined;
  shortages?: Shortage[] | undefined;
};
/** What a client was answered of a placement and later changes may touch; metadata stand beside it. */
export type AsPlaced = Pick<Order, 'lines' | 'total' | 'charges' | 'allocations' | 'shippingAddress' | 'note'>;
export type EditedField = 'lines' | 'charges' | 'shippingAddress' | 'note' | 'metadata';
/** What an order is to become once inventory agrees; the metadata stand beside it. */
export type PendingEdit = Pick<Order, 'lines' | 'total' | 'charges' | 'shippingAddress' | 'note'> & {
  id: string;
  actor: string;
  /** Until when an answer counts, and how long that was. */
  decideBefore: Date;
  windowMs: number;
  /** The fields that it sets; one that is absent here goes. */
  changed: EditedField[];
  /** It was not answered in time: the former lines are asked for again. */
  isWithdrawn?: boolean | undefined;
};
/** What the placement came to, with the fields as they were then: a replay answers with it for ever. */
export type Decision = {
  status: OrderStatus;
  at: Date;
  version: number;
  payment?: OrderPayment | undefined;
  expiresAt?: Date | undefined;
};

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
  metadata?: Metadata | undefined;
  /** Part of the total. */
  charges?: Charge[] | undefined;
  /** Unique in its tenant; orders of early releases have none. */
  number?: number | undefined;
  /** Lists leave it out, and nothing of it changes. */
  isArchived?: boolean | undefined;
  /** Waits for inventory, while `pending` says so. */
  edit?: PendingEdit | undefined;
  editMetadata?: Metadata | undefined;
  /** As the placement was answered, once something of it has changed. */
  placed?: AsPlaced | undefined;
  placedMetadata?: Metadata | undefined;
  requestHash: string;
  /** The number of the current demand on stock. */
  request: number;
  /** The demand that inventory has not answered. */
  pending: { request: number; kind: 'place' | 'revive' | 'edit' } | null;
  decision: Decision | null;
  timeline: TimelineEntry[];
  /** What has left, parcel by parcel. */
  fulfilments?: readonly Fulfilment[] | undefined;
  /** What is to come back of it, or has. */
  returns?: readonly Return[] | undefined;
  decideBefore: Date;
  /** When the sweep handles it next; null once nothing is awaited. */
  dueAt: Date | null;
  reminderCount: number;
  /** Sums of what was paid; absent while nothing was and nothing has to be. */
  payment?: OrderPayment | undefined;
  /** What the sums are made of, the oldest first. */
  payments?: PaymentRecord[] | undefined;
  /** When an order that waits for its payment expires. */
  expiresAt?: Date | undefined;
  version: number;
  createdAt: Date;
  updatedAt: Date;
};

/** Which state may follow which. */
export const transitions: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  PENDING: ['AWAITING_PAYMENT', 'CONFIRMED', 'REJECTED', 'EXPIRED', 'CANCELLED'],
  AWAITING_PAYMENT: ['CONFIRMED', 'EXPIRED', 'CANCELLED'],
  CONFIRMED: ['PARTIALLY_SHIPPED', 'SHIPPED', 'CANCELLED'],
  // DELIVERED: the rest is cancelled when everything that left has arrived.
  PARTIALLY_SHIPPED: ['SHIPPED', 'DELIVERED'],
  SHIPPED: ['DELIVERED'],
  DELIVERED: [],
  REJECTED: [],
  // A late payment tries to hold the lines again.
  EXPIRED: ['PENDING'],
  CANCELLED: [],
};

/** In these an order that waits for no answer holds stock. */
export const holdingStatuses: readonly OrderStatus[] = ['AWAITING_PAYMENT', 'CONFIRMED', 'PARTIALLY_SHIPPED'];

/** The variants that an order demands. */
export function variantIdsOf(order: Order): string[] {
  return order.lines.map((line) => line.variantId);
}

/** What an order demands of stock now. */
export function demandOf({ status, pending }: Pick<Order, 'status' | 'pending'>): 'holds' | 'none' | 'pending' {
  if (pending !== null) return 'pending';
  return holdingStatuses.includes(status) ? 'holds' : 'none';
}

/** The lines that an order demands of stock now: none where it demands nothing. */
export function demandedLines(order: Omit<Order, 'timeline'>): { variantId: string; quantity: number }[] {
  return demandOf(order) === 'none' ? [] : outstandingOf({ ...order, lines: askedLines(order) });
}

/** Throws `illegal_transition` when the order cannot become `to`; `done` is the word for it. */
export function assertCan(order: Order, to: OrderStatus, done: string): void {
  const allowed = transitions[order.status];
  if (allowed.includes(to)) return;
  throw new DomainError('illegal_transition', {
    detail: `An order that is ${order.status} cannot be ${done}.`,
    extra: { orderStatus: order.status, allowed: [...allowed] },
  });
}

/** The lines that an order asks to hold now. */
export function askedLines({ pending, edit, lines }: Pick<Order, 'pending' | 'edit' | 'lines'>): OrderLine[] {
  return pending?.kind === 'edit' && edit !== undefined && edit.isWithdrawn !== true ? edit.lines : lines;
}

/** Keeps how the placement was answered; for every change of what that answer shows. */
export function frozenPlacement(order: Order): Pick<Order, 'placed' | 'placedMetadata'> {
  const { placed, placedMetadata, decision, metadata } = order;
  if (placed !== undefined || decision === null) return { placed, placedMetadata };
  const { lines, total, allocations, charges, shippingAddress, note } = order;
  const kept = { ...(charges && { charges }), ...(shippingAddress && { shippingAddress }), ...(note && { note }) };
  return { placed: { lines, total, allocations, ...kept }, placedMetadata: metadata };
}

/** The order as it was at the placement decision: what a replay of the placing request is answered with. */
export function atDecision(order: Order): Order {
  const { decision } = order;
  if (decision === null) return order;
  const { placed, placedMetadata: metadata } = order;
  const without = { charges: undefined, shippingAddress: undefined, note: undefined };
  return {
    ...order,
    ...(placed && { ...without, ...placed, metadata }),
    edit: undefined,
    status: decision.status,
    version: decision.version,
    updatedAt: decision.at,
    payment: decision.payment,
    expiresAt: decision.expiresAt,
    shortages: decision.status === 'REJECTED' ? order.shortages : [],
    cancelReason: decision.status === 'CANCELLED' ? order.cancelReason : null,
    fulfilments: undefined,
    returns: undefined,
    isArchived: undefined,
  };
}
