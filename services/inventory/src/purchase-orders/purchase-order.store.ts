// Purchase orders in MongoDB. The collection is evented, and nothing in it is ever removed. The number of the last one
// of a tenant stands in a document of its own, which is written with each new one: two that are made at the same time
// are numbered one after the other.
import { purchaseOrderStatuses } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import { snapshotEvent } from './purchase-events.ts';
import type { PurchaseOrder } from './purchase-order.ts';

export const purchaseOrders = defineCollection<PurchaseOrder>({
  name: 'purchase_orders',
  holds: 'What was ordered from a supplier, how much of it has come, and its timeline.',
  isEvented: true,
  fields: {
    sequence: field.number,
    supplierId: field.text,
    locationId: field.text,
    currency: field.text,
    expectedAt: field.optional(field.date),
    note: field.optional(field.text),
    status: field.oneOf(purchaseOrderStatuses),
    lines: field.list(),
    total: field.object(),
    receiptCount: field.number,
    timeline: field.appendOnly(),
    createdBy: field.text,
    createdAt: field.date,
    updatedAt: field.date,
    version: field.number,
    creation: field.nullable(field.object()),
  },
  unlisted: ['timeline'],
  lists: [
    { by: ['supplierId', 'status'], order: 'newest' },
    { by: ['supplierId'], order: 'newest' },
    { by: ['status'], order: 'newest' },
    { order: 'newest' },
  ],
  toSnapshot: (order, { stamp }) => ({ event: snapshotEvent(order, stamp) }),
});

/** The id is the tenant's. */
type PurchaseNumbers = { id: string; tenantId: string; last: number; version: number };

export const purchaseNumbers = defineCollection<PurchaseNumbers>({
  name: 'purchase_numbers',
  holds: "The number of a tenant's last purchase order.",
  fields: { last: field.number, version: field.number },
});

export type PurchaseOrderStore = ReturnType<typeof openPurchaseOrders>;
export const openPurchaseOrders = (database: Database) => openCollection(database, purchaseOrders);
export type PurchaseNumberStore = ReturnType<typeof openPurchaseNumbers>;
export const openPurchaseNumbers = (database: Database) => openCollection(database, purchaseNumbers);
