// A purchase order: what a business has ordered from a supplier, and what of it has come. Pure.
// Invariants: its status changes along the table only; every change is an entry of its timeline, under the key of the
// request, so that a repeated one finds it; of a line never more is accepted than receipts say.
import { isDeepStrictEqual } from 'node:util';
import type { purchaseOrderStatuses } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { type Money, multiplyMoney, sumMoney } from '@holdfast/shared/values';
import type { DocumentKind } from '../stock/stock-documents.ts';

export type PurchaseOrderStatus = (typeof purchaseOrderStatuses)[number];
export type PurchaseOrderLine = {
  variantId: string;
  /** Ordered. */
  quantity: number;
  /** Expected. */
  unitCost: Money;
  /** Accepted and rejected by all receipts that were not reversed. */
  received: number;
  rejected: number;
  /** What the accepted units cost in all, in minor units. */
  receivedCost: number;
};
export type PurchaseTimelineEntry = {
  id: string;
  at: Date;
  from: PurchaseOrderStatus | null;
  to: PurchaseOrderStatus;
  actor: string;
  reason: string;
  receiptId?: string | undefined;
  /** The version that it made, and the hash of the request, where a client sent an Idempotency-Key. */
  version: number;
  requestHash?: string | undefined;
};
export type PurchaseOrder = {
  id: string;
  tenantId: string;
  /** Counts up per tenant without gaps. */
  sequence: number;
  supplierId: string;
  locationId: string;
  currency: string;
  expectedAt?: Date | undefined;
  note?: string | undefined;
  status: PurchaseOrderStatus;
  /** Of different variants. */
  lines: readonly PurchaseOrderLine[];
  total: Money;
  receiptCount: number;
  timeline: readonly PurchaseTimelineEntry[];
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
  version: number;
  creation: { requestHash: string } | null;
};

/** The documents that commands on stock decide on. */
export const purchaseOrderKind: DocumentKind<PurchaseOrder> = { name: 'purchase_orders' };

/** Which status may follow which; a reversed receipt leads back. */
export const transitions: Readonly<Record<PurchaseOrderStatus, readonly PurchaseOrderStatus[]>> = {
  DRAFT: ['SENT', 'CANCELLED'],
  SENT: ['CONFIRMED', 'CANCELLED'],
  CONFIRMED: ['PARTIALLY_RECEIVED', 'RECEIVED', 'CANCELLED'],
  PARTIALLY_RECEIVED: ['RECEIVED', 'CLOSED'],
  RECEIVED: [],
  CLOSED: [],
  CANCELLED: [],
};

/** In these what is open is incoming. */
const expecting: readonly PurchaseOrderStatus[] = ['SENT', 'CONFIRMED', 'PARTIALLY_RECEIVED'];

export const numberOf = ({ sequence }: Pick<PurchaseOrder, 'sequence'>) => `PO-${String(sequence).padStart(6, '0')}`;

/** What is still to come of a line. */
export function openOf(
  { status }: Pick<PurchaseOrder, 'status'>,
  { quantity, received, rejected }: PurchaseOrderLine,
): number {
  return expecting.includes(status) ? Math.max(0, quantity - received - rejected) : 0;
}

/** Throws `illegal_transition` with the states that it can go to; `done` is the word for what it refuses. */
export function refuseTransition({ status }: PurchaseOrder, done: string): never {
  throw new DomainError('illegal_transition', {
    detail: `A purchase order that is ${status} cannot be ${done}.`,
    extra: { purchaseOrderStatus: status, allowed: [...transitions[status]] },
  });
}

export type OrderedLine = { variantId: string; quantity: number; unitCost: Money };

/** Lines of which nothing has come, and what they cost. Throws `mixed_currencies`, `total_too_large`. */
export function orderLines(ordered: readonly OrderedLine[], currency: string): Pick<PurchaseOrder, 'lines' | 'total'> {
  if (ordered.some(({ unitCost }) => unitCost.currency !== currency)) {
    throw new DomainError('mixed_currencies', { detail: `The costs of this supplier are in ${currency}.` });
  }
  const costs = ordered.map(({ unitCost, quantity }) => multiplyMoney(unitCost, quantity));
  const total = costs.every((cost) => cost !== undefined) ? sumMoney(costs, currency) : undefined;
  if (total === undefined) throw new DomainError('total_too_large');
  const lines = ordered.map((line) => ({ ...line, received: 0, rejected: 0, receivedCost: 0 }));
  return { lines, total };
}

export type NewPurchaseOrder = Pick<
  PurchaseOrder,
  | 'id'
  | 'tenantId'
  | 'sequence'
  | 'supplierId'
  | 'locationId'
  | 'currency'
  | 'expectedAt'
  | 'note'
  | 'createdBy'
  | 'createdAt'
  | 'creation'
> & { lines: readonly OrderedLine[]; entryId: string };

/** A draft. Throws `mixed_currencies`, `total_too_large`. */
export function newPurchaseOrder({ lines, entryId, ...facts }: NewPurchaseOrder): PurchaseOrder {
  const { createdBy: actor, createdAt: at, currency } = facts;
  const entry = { id: entryId, at, from: null, to: 'DRAFT', actor, reason: 'created', version: 1 } as const;
  return {
    ...facts,
    ...orderLines(lines, currency),
    status: 'DRAFT',
    receiptCount: 0,
    timeline: [entry],
    updatedAt: at,
    version: 1,
  };
}

export type EntryOf = Pick<PurchaseTimelineEntry, 'id' | 'actor' | 'reason' | 'requestHash' | 'receiptId'> & {
  at: Date;
};

/** The order after a change, with its entry. */
export function withEntry(
  before: PurchaseOrder,
  { at, ...entry }: EntryOf,
  set: Partial<
    Pick<PurchaseOrder, 'status' | 'lines' | 'total' | 'locationId' | 'expectedAt' | 'note' | 'receiptCount'>
  >,
): PurchaseOrder {
  const version = before.version + 1;
  const to = set.status ?? before.status;
  const made = { ...entry, at, from: before.status, to, version };
  return { ...before, ...set, timeline: [...before.timeline, made], updatedAt: at, version };
}

/** Staff's own steps, and the status that each leads to. */
export const steps = { send: 'SENT', confirm: 'CONFIRMED', cancel: 'CANCELLED', close: 'CLOSED' } as const;
export type Step = keyof typeof steps;
const words = { send: 'sent', confirm: 'confirmed', cancel: 'cancelled', close: 'closed' } as const;

/** The order after a step. Throws `illegal_transition`. */
export function takeStep(before: PurchaseOrder, step: Step, entry: Omit<EntryOf, 'reason'>): PurchaseOrder {
  const to = steps[step];
  if (!transitions[before.status].includes(to)) refuseTransition(before, words[step]);
  return withEntry(before, { ...entry, reason: words[step] }, { status: to });
}

/**
 * The order as it was after a step, which is what a repeated request is answered. Lines as they are now are right: what
 * is sent, confirmed or cancelled had nothing of them, and what is closed gets nothing more.
 */
export function asAfterStep(order: PurchaseOrder, { to, version, at }: PurchaseTimelineEntry): PurchaseOrder {
  const blank = order.lines.map((line) => ({ ...line, received: 0, rejected: 0, receivedCost: 0 }));
  return { ...order, lines: to === 'CLOSED' ? order.lines : blank, status: to, version, updatedAt: at };
}

export type DraftPatch = {
  locationId?: string | undefined;
  expectedAt?: string | null | undefined;
  note?: string | null | undefined;
  lines?: readonly OrderedLine[] | undefined;
};

/**
 * A draft after a merge patch; undefined when that changes nothing. Throws `illegal_transition`, `mixed_currencies`,
 * `total_too_large`.
 */
export function patchDraft(
  before: PurchaseOrder,
  { locationId = before.locationId, expectedAt, note, lines }: DraftPatch,
  entry: Omit<EntryOf, 'reason'>,
): PurchaseOrder | undefined {
  if (before.status !== 'DRAFT') refuseTransition(before, 'changed');
  const when = expectedAt === undefined ? before.expectedAt : expectedAt === null ? undefined : new Date(expectedAt);
  const text = note === undefined ? before.note : (note ?? undefined);
  const isSame =
    locationId === before.locationId &&
    when?.getTime() === before.expectedAt?.getTime() &&
    text === before.note &&
    (lines === undefined || isDeepStrictEqual(orderedOf(lines), orderedOf(before.lines)));
  if (isSame) return undefined;
  const ordered = lines ? orderLines(lines, before.currency) : {};
  const set = { locationId, expectedAt: when, note: text, ...ordered };
  return withEntry(before, { ...entry, reason: 'changed' }, set);
}

const orderedOf = (lines: readonly OrderedLine[]) =>
  lines.map(({ variantId, quantity, unitCost: { amount, currency } }) => ({ variantId, quantity, amount, currency }));
