// Orders in MongoDB. The collection is evented: every write sets `events` as a whole, in the same write as the change.
// Invariant: an order changes only where its version is the one that was decided on.
import type { DomainEvent, OrderStatus } from '@holdfast/shared/contracts';
import { underlyingError } from '@holdfast/shared/errors';
import { createBatcher } from '@holdfast/shared/messaging';
import {
  asTenants,
  type Database,
  plainRecord,
  type StoredEvent,
  storeEvents,
  tenantSchema,
} from '@holdfast/shared/persistence';
import { type Clock, type SortKeyRange, sortKeyOf, sortKeyRange } from '@holdfast/shared/values';
import mongoose, { mongo } from 'mongoose';
import { readCountMax, readWaitingCountMax } from '../limits.ts';
import type { Order } from './order.ts';

export type OrderDocument = Omit<Order, 'id'> & {
  _id: string;
  sortKey: string;
  events: StoredEvent[];
};
export type OrderKey = { tenantId: string; id: string };

/** `exists`: an order with this id was there before. `unknown`: it may or may not have been stored. */
export type InsertResult = 'inserted' | 'exists' | 'unknown';

const duplicateKey = 11_000;
const { Mixed } = mongoose.Schema.Types;

export const orderSchema = tenantSchema<OrderDocument>(
  {
    _id: { type: String, required: true },
    status: { type: String, required: true },
    customerId: { type: String, default: null },
    placedBy: { type: String, required: true },
    lines: { type: [Mixed], required: true },
    total: { type: Mixed, required: true },
    allocations: { type: [Mixed], default: [] },
    shortages: { type: [Mixed], default: [] },
    cancelReason: { type: String, default: null },
    shippingAddress: { type: Mixed },
    note: { type: String },
    metadata: { type: Mixed },
    requestHash: { type: String, required: true },
    request: { type: Number, required: true },
    pending: { type: Mixed, default: null },
    decision: { type: Mixed, default: null },
    timeline: { type: [Mixed], required: true },
    decideBefore: { type: Date, required: true },
    dueAt: { type: Date, default: null },
    reminderCount: { type: Number, required: true },
    version: { type: Number, required: true },
    sortKey: { type: String, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    events: { type: [Mixed], required: true },
  },
  { collection: 'orders' },
);
const lists = {
  all: { tenantId: 1, sortKey: -1 },
  status: { tenantId: 1, status: 1, sortKey: -1 },
  customer: { tenantId: 1, customerId: 1, sortKey: -1 },
} as const;
for (const index of Object.values(lists)) orderSchema.index(index);
// Only undecided orders are in it; the sweep and the count of undecided orders read it over all tenants.
orderSchema.index({ dueAt: 1, tenantId: 1 }, { partialFilterExpression: { dueAt: { $type: 'date' } } });

export type OrderFilter = {
  status?: OrderStatus | undefined;
  customerId?: string | undefined;
};

export type OrderStore = ReturnType<typeof openOrderStore>;

/** The document of an order, with the events of the change that made it so. */
export function toDocument(order: Order, events: DomainEvent[]): OrderDocument {
  const { id, ...fields } = order;
  // The driver would store undefined as null, which is another value.
  const present = Object.fromEntries(
    Object.entries(fields).filter(([, field]) => field !== undefined),
  ) as typeof fields;
  // The client chose its keys.
  if (present.metadata !== undefined) present.metadata = plainRecord(present.metadata);
  return { _id: id, ...present, sortKey: sortKeyOf(order.createdAt, id), events: storeEvents(events) };
}

function fromDocument(document: OrderDocument): Order {
  const { _id, events: _events, sortKey: _sortKey, ...fields } = document;
  return { id: _id, ...fields };
}

/** One operation of a bulk write that stores `after` where the version is still that of `before`. */
function conditionalUpdate({ before, after, events }: OrderChange): mongo.AnyBulkWriteOperation<OrderDocument> {
  const added = after.timeline.slice(before.timeline.length);
  return {
    updateOne: {
      filter: { tenantId: before.tenantId, _id: before.id, version: before.version },
      update: {
        $set: { ...changedFields(before, after), events: storeEvents([...events]) },
        ...(added.length > 0 ? { $push: { timeline: { $each: added } } } : {}),
      },
    },
  };
}

/** What differs, but for the timeline, which only grows. */
function changedFields(before: Order, after: Order): Partial<Order> {
  const fields = Object.keys(after).filter((name) => name !== 'timeline') as (keyof Order)[];
  return Object.fromEntries(fields.filter((name) => after[name] !== before[name]).map((name) => [name, after[name]]));
}

function insertResults(error: mongo.MongoBulkWriteError, documents: OrderDocument[]): InsertResult[] {
  const failures = new Map([error.writeErrors].flat().map((one) => [one.index, one]));
  // An answer tells of every document, or nothing of the batch is known; nor is it durable without a majority's word.
  const isAnswered = error.result.insertedCount + failures.size === documents.length;
  const confirmed = isAnswered && error.result.getWriteConcernError() === undefined;
  return documents.map((_, index) => {
    const failure = failures.get(index);
    if (failure === undefined) return confirmed ? 'inserted' : 'unknown';
    return failure.code === duplicateKey ? 'exists' : 'unknown';
  });
}

/** An order as it was decided on, what it becomes, and what that publishes. */
export type OrderChange = { before: Order; after: Order; events: readonly DomainEvent[] };

/** Reads and writes of orders. Each call runs in the scope of its caller: a tenant's, or a batch's. */
export function openOrderStore(database: Database, clock?: Clock) {
  const orders = database.db.collection<OrderDocument>('orders');
  const model = database.connection.model<OrderDocument>('Order', orderSchema);

  async function readMany(keys: readonly OrderKey[]): Promise<Map<string, Order>> {
    if (keys.length === 0) return new Map();
    const byTenant = Map.groupBy(keys, (key) => key.tenantId);
    const branches = [...byTenant].map(([tenantId, group]) => ({
      tenantId,
      _id: { $in: group.map((key) => key.id) },
    }));
    const found = await orders.find(branches.length === 1 ? branches[0]! : { $or: branches }).toArray();
    return new Map(found.map((document) => [document._id, fromDocument(document)]));
  }

  /** One command for all reads that arrived while the one before was in flight. */
  const reads = createBatcher<OrderKey, Order | undefined>({
    maxItems: readCountMax,
    maxWaiting: readWaitingCountMax,
    clock,
    async run(keys) {
      const tenantIds = keys.map(({ tenantId }) => tenantId);
      const found = await asTenants(tenantIds, 'orders.read', () => readMany(keys));
      return keys.map(({ tenantId, id }) => {
        const order = found.get(id);
        return order?.tenantId === tenantId ? order : undefined;
      });
    },
  });

  return {
    model,

    /**
     * Inserts unordered, journaled by a majority, and tells what became of each.
     * Throws what was thrown before anything was sent, for the caller to find the document at fault.
     */
    async insert(documents: OrderDocument[]): Promise<InsertResult[]> {
      try {
        await orders.insertMany(documents, { ordered: false });
        return documents.map(() => 'inserted');
      } catch (thrown) {
        const error = underlyingError(thrown);
        if (error instanceof mongo.MongoBulkWriteError) return insertResults(error, documents);
        if (error instanceof mongo.MongoError) return documents.map(() => 'unknown');
        throw error;
      }
    },

    read: (tenantId: string, id: string): Promise<Order | undefined> => reads.add({ tenantId, id }),

    /** The orders of a batch of several tenants, by id. */
    readMany,

    /** Stores the changes whose order still has the version that was decided on; tells how many did. */
    async apply(changes: readonly OrderChange[]): Promise<number> {
      const operations = changes.map(conditionalUpdate);
      const result = await orders.bulkWrite(operations, { ordered: false });
      return result.matchedCount;
    },

    /** Up to `limit` orders of a range, newest first. */
    async list({ status, customerId }: OrderFilter, range: SortKeyRange, limit: number): Promise<Order[]> {
      const keys = sortKeyRange(range);
      const documents = await model
        .find({
          ...(status ? { status } : {}),
          ...(customerId ? { customerId } : {}),
          ...(keys ? { sortKey: mongoose.trusted(keys) } : {}),
        })
        .hint(customerId ? lists.customer : status ? lists.status : lists.all)
        .sort({ sortKey: -1 })
        .limit(limit)
        .lean<OrderDocument[]>()
        .exec();
      return documents.map(fromDocument);
    },

    /** Orders of all tenants that are due; asSystem only. */
    async listDue(now: Date, limit: number): Promise<OrderKey[]> {
      const documents = await orders
        .find({ dueAt: { $type: 'date', $lte: now } }, { projection: { tenantId: 1 } })
        .sort({ dueAt: 1 })
        .limit(limit)
        .toArray();
      return documents.map((document) => ({ tenantId: document.tenantId, id: document._id }));
    },

    /** How many undecided orders each tenant has; asSystem only. */
    async countUndecided(): Promise<Map<string, number>> {
      const rows = await orders
        .aggregate<{ _id: string; count: number }>([
          { $match: { dueAt: { $type: 'date' } } },
          { $group: { _id: '$tenantId', count: { $sum: 1 } } },
        ])
        .toArray();
      return new Map(rows.map((row) => [row._id, row.count]));
    },
  };
}
