// Which returns there are, over all orders of a tenant: a row for each, written in the transaction of the order's
// change. The return itself is in its order, and only there.
// Invariant: rows follow from orders; one that differs is a bug and is made anew by the next change of its return.
import { returnStatuses } from '@holdfast/shared/contracts';
import {
  type Database,
  defineCollection,
  documentOf,
  field,
  openCollection,
  type Session,
} from '@holdfast/shared/persistence';
import type { Order } from '../orders/order.ts';
import { type ReturnStatus, returnsOf, statusOf, versionOf } from './return.ts';

export type ReturnRow = {
  id: string;
  tenantId: string;
  orderId: string;
  customerId: string | null;
  status: ReturnStatus;
  version: number;
  createdAt: Date;
};

export const returns = defineCollection<ReturnRow>({
  name: 'returns',
  holds: 'Which return belongs to which order, for lists over all orders; the return itself is in its order.',
  fields: {
    orderId: field.text,
    customerId: field.nullable(field.text),
    status: field.oneOf(returnStatuses),
    version: field.number,
    createdAt: field.date,
  },
  lists: [
    { by: ['orderId'], also: ['status', 'customerId'], order: 'newest' },
    { by: ['customerId', 'status'], order: 'newest' },
    { by: ['customerId'], order: 'newest' },
    { by: ['status'], order: 'newest' },
    { order: 'newest' },
  ],
});

/** The rows of the returns that a change of their order has touched. */
export function changedRows({ before, after }: { before: Order; after: Order }): ReturnRow[] {
  if (before.returns === after.returns) return [];
  const former = new Set(returnsOf(before));
  return returnsOf(after)
    .filter((one) => !former.has(one))
    .map((one) => ({
      id: one.id,
      tenantId: after.tenantId,
      orderId: after.id,
      customerId: after.customerId,
      status: statusOf(one),
      version: versionOf(one),
      createdAt: one.requestedAt,
    }));
}

export type ReturnStore = ReturnType<typeof openReturnStore>;

export function openReturnStore(database: Database) {
  const collection = openCollection(database, returns);
  return {
    read: (tenantId: string, id: string) => collection.read({ tenantId, id }),
    list: collection.list,
    /** Stores rows as they are now, in the transaction of their order. */
    async put(rows: readonly ReturnRow[], session: Session): Promise<void> {
      const operations = rows.map((row) => {
        const { _id, tenantId, ...fields } = documentOf(row, [], returns);
        return { updateOne: { filter: { tenantId, _id }, update: { $set: fields }, upsert: true } };
      });
      await collection.native.bulkWrite(operations, { ordered: false, session });
    },
  };
}
