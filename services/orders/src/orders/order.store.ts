// Orders in MongoDB. The collection is evented: every write sets `events` as a whole, in the same write as the change.
// Invariant: an order changes only where its version is the one that was decided on.
import { type DomainEvent, orderStatuses } from '@holdfast/shared/contracts';
import { isConflict, underlyingError } from '@holdfast/shared/errors';
import { createBatcher } from '@holdfast/shared/messaging';
import {
  asTenants,
  type Change,
  type Database,
  defineCollection,
  documentOf,
  field,
  inTransaction,
  openCollection,
  type PageRange,
  type Session,
  type Stored,
  type StoredEvent,
} from '@holdfast/shared/persistence';
import { type Clock, keyText } from '@holdfast/shared/values';
import { mongo } from 'mongoose';
import { readCountMax, readWaitingCountMax } from '../limits.ts';
import { changedRows, openReturnStore, type ReturnRow } from '../returns/return.store.ts';
import type { Order } from './order.ts';
import { snapshotEvent } from './order-events.ts';
import { type OrderFilter, searchIndexes, searchOrders } from './order-search.store.ts';

export type OrderDocument = Stored & Omit<Order, 'id'> & { events: StoredEvent[] };
export type OrderKey = { tenantId: string; id: string };

/** `exists`: an order with this id was there before. `unknown`: it may or may not have been stored. */
export type InsertResult = 'inserted' | 'exists' | 'unknown';

const duplicateKey = 11_000;
const eachStatus = { status: orderStatuses, isArchived: [null, true] } as const;
const isDue = { dueAt: { $type: 'date' } } as const;
const expires = { expiresAt: { $type: 'date' } } as const;

export const orders = defineCollection<Order>({
  name: 'orders',
  holds: 'An order with its lines, its timeline and its pending request.',
  isEvented: true,
  fields: {
    status: field.oneOf(orderStatuses),
    customerId: field.nullable(field.text),
    placedBy: field.text,
    lines: field.list(),
    total: field.object(),
    allocations: field.list(),
    shortages: field.list(),
    cancelReason: field.nullable(field.text),
    shippingAddress: field.optional(field.object()),
    note: field.optional(field.text),
    metadata: field.optional(field.record()),
    charges: field.optional(field.list()),
    isArchived: field.optional(field.flag),
    number: field.optional(field.number),
    edit: field.optional(field.object()),
    editMetadata: field.optional(field.record()),
    placed: field.optional(field.object()),
    placedMetadata: field.optional(field.record()),
    requestHash: field.text,
    request: field.number,
    pending: field.nullable(field.object()),
    decision: field.nullable(field.object()),
    timeline: field.appendOnly(),
    fulfilments: field.optional(field.list()),
    returns: field.optional(field.list()),
    decideBefore: field.date,
    dueAt: field.nullable(field.date),
    reminderCount: field.number,
    payment: field.optional(field.object()),
    payments: field.optional(field.appendOnly()),
    expiresAt: field.optional(field.date),
    version: field.number,
    createdAt: field.date,
    updatedAt: field.date,
  },
  unlisted: ['timeline', 'payments', 'placed', 'placedMetadata'],
  // Without a status the scans of all are merged: one index serves a status and the whole list.
  lists: [
    { by: ['customerId'], every: eachStatus, order: 'newest' },
    { every: eachStatus, order: 'newest' },
  ],
  // Only undecided orders are in it; the sweep and the count of undecided orders read it over all tenants.
  indexes: [
    {
      key: { dueAt: 1, tenantId: 1 },
      partialFilterExpression: isDue,
      serves: 'the sweep of undecided orders, over all tenants',
    },
    {
      key: { expiresAt: 1, tenantId: 1 },
      partialFilterExpression: expires,
      serves: 'the sweep of orders whose payment window has ended, over all tenants',
    },
    ...searchIndexes,
  ],
  // The snapshot carries the order's current request; after a restore a newer one, because the request that was current
  // at the backup may be one that inventory has left behind.
  toSnapshot(order, { stamp, lift }) {
    if (lift === 1) return { event: snapshotEvent(order, stamp) };
    const request = order.request + lift;
    const pending = order.pending && { ...order.pending, request };
    return { event: snapshotEvent({ ...order, request, pending }, stamp), set: { request, pending } };
  },
});

/** An order as lists show it; the fields that lists leave out are not read. */
export type ListedOrder = Omit<Order, 'timeline' | 'payments' | 'placed' | 'placedMetadata'>;

export type OrderStore = ReturnType<typeof openOrderStore>;

/** The document of an order, with the events of the change that made it so. */
export function toDocument(order: Order, events: readonly DomainEvent[]): OrderDocument {
  return documentOf(order, events, orders) as OrderDocument;
}

function insertResults(error: mongo.MongoBulkWriteError, documents: OrderDocument[]): InsertResult[] {
  const failures = new Map([error.writeErrors].flat().map((one) => [one.index, one]));
  // An answer covers every document, or nothing is known of the batch; without a majority nothing in it is durable.
  const isAnswered = error.result.insertedCount + failures.size === documents.length;
  const confirmed = isAnswered && error.result.getWriteConcernError() === undefined;
  return documents.map((_, index) => {
    const failure = failures.get(index);
    if (failure === undefined) return confirmed ? 'inserted' : 'unknown';
    return failure.code === duplicateKey ? 'exists' : 'unknown';
  });
}

/** An order as it was decided on, what it becomes, and what that publishes. */
export type OrderChange = Change<Order> & { readonly before: Order; readonly events: readonly DomainEvent[] };

/** Reads and writes of orders. Each call runs in the scope of its caller: a tenant's, or a batch's. */
export function openOrderStore(database: Database, clock?: Clock) {
  const collection = openCollection(database, orders);
  const { native, readMany } = collection;
  const returnRows = openReturnStore(database);

  /** One command for all reads that arrived while the one before was in flight. */
  const reads = createBatcher<OrderKey, Order | undefined>({
    maxItems: readCountMax,
    maxWaiting: readWaitingCountMax,
    clock,
    async run(keys) {
      const tenantIds = keys.map(({ tenantId }) => tenantId);
      const found = await asTenants(tenantIds, 'orders.read', () => readMany(keys));
      return keys.map(({ tenantId, id }) => found.get(keyText(tenantId, id)));
    },
  });

  /** All of the changes with the rows of their returns, or nothing. */
  async function applyWithReturns(changes: readonly OrderChange[], rows: readonly ReturnRow[]): Promise<number> {
    const write = async (session: Session) => {
      await collection.saveAll(changes, session);
      await returnRows.put(rows, session);
    };
    try {
      // Once: whoever was faster has changed what was decided on.
      await inTransaction(database, write, { timeLimitMs: 0 });
      return changes.length;
    } catch (error) {
      if (isConflict(error)) return 0;
      throw error;
    }
  }

  return {
    /**
     * Inserts unordered, journaled by a majority, and returns the result of each.
     * Throws what was thrown before anything was sent, for the caller to find the document at fault.
     */
    async insert(documents: OrderDocument[]): Promise<InsertResult[]> {
      try {
        await native.insertMany(documents, { ordered: false });
        return documents.map(() => 'inserted');
      } catch (thrown) {
        const error = underlyingError(thrown);
        if (error instanceof mongo.MongoBulkWriteError) return insertResults(error, documents);
        if (error instanceof mongo.MongoError) return documents.map(() => 'unknown');
        throw error;
      }
    },

    read: (tenantId: string, id: string): Promise<Order | undefined> => reads.add({ tenantId, id }),

    /** The orders of a batch of several tenants, by `keyText`. */
    readMany: (keys: readonly OrderKey[]) => readMany(keys),

    /** Stores the changes whose order still has the version that was decided on; returns how many had. */
    apply(changes: readonly OrderChange[]): Promise<number> {
      const rows = changes.flatMap(changedRows);
      return rows.length === 0 ? collection.save(changes) : applyWithReturns(changes, rows);
    },

    list: collection.list as (where: Partial<Order>, range: PageRange) => Promise<ListedOrder[]>,

    /** Those that fit, newest first. */
    search: (where: OrderFilter, range: PageRange): Promise<ListedOrder[]> => searchOrders(where, range, collection),

    /** Orders of all tenants that are due, those that have been for longest first; asSystem only. */
    async listDue(now: Date, limit: number, skip: number): Promise<OrderKey[]> {
      const documents = await native
        .find({ dueAt: { ...isDue.dueAt, $lte: now } }, { projection: { tenantId: 1 } })
        .sort({ dueAt: 1, tenantId: 1 })
        .skip(skip)
        .limit(limit)
        .toArray();
      return documents.map((document) => ({ tenantId: document.tenantId, id: document._id }));
    },

    /** Orders of all tenants whose payment window has ended, those whose has for longest first; asSystem only. */
    async listExpired(now: Date, limit: number, skip: number): Promise<OrderKey[]> {
      const documents = await native
        .find({ expiresAt: { ...expires.expiresAt, $lte: now } }, { projection: { tenantId: 1 } })
        .sort({ expiresAt: 1, tenantId: 1 })
        .skip(skip)
        .limit(limit)
        .toArray();
      return documents.map((document) => ({ tenantId: document.tenantId, id: document._id }));
    },

    /** How many undecided orders each tenant has; asSystem only. */
    async countUndecided(): Promise<Map<string, number>> {
      const rows = await native
        .aggregate<{ _id: string; count: number }>([
          { $match: isDue },
          { $group: { _id: '$tenantId', count: { $sum: 1 } } },
        ])
        .toArray();
      return new Map(rows.map((row) => [row._id, row.count]));
    },
  };
}
