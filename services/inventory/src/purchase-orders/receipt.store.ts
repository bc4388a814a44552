// Receipts in MongoDB. Nothing in it is ever removed.
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import type { Receipt } from './receipt.ts';

export const receipts = defineCollection<Receipt>({
  name: 'receipts',
  holds: 'One delivery on a purchase order: what was accepted, what it cost, whether it was taken back.',
  fields: {
    purchaseOrderId: field.text,
    locationId: field.text,
    status: field.oneOf(['RECEIVED', 'REVERSED']),
    lines: field.list(),
    receivedBy: field.text,
    createdAt: field.date,
    reversedBy: field.optional(field.text),
    reversedAt: field.optional(field.date),
    version: field.number,
    creation: field.object(),
    answered: field.object(),
    reversal: field.optional(field.object()),
  },
  lists: [{ by: ['purchaseOrderId'], order: 'newest' }],
});

export type ReceiptStore = ReturnType<typeof openReceipts>;
export const openReceipts = (database: Database) => openCollection(database, receipts);
