// Transfers in MongoDB. The collection is evented, and nothing in it is ever removed.
import { makeEvent, transferSnapshot, transferStatuses } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field, openCollection, type Session } from '@holdfast/shared/persistence';
import { dataOf, type Transfer } from './transfer.ts';

// Only what is on the way is in them.
const isOnTheWay = { status: 'SHIPPED' } as const;
const leaving = {
  key: { tenantId: 1, fromLocationId: 1 },
  serves: 'what is on the way from a location that somebody wants to remove',
  partialFilterExpression: isOnTheWay,
} as const;
const coming = {
  key: { tenantId: 1, toLocationId: 1 },
  serves: 'what is on the way to a location that somebody wants to remove',
  partialFilterExpression: isOnTheWay,
} as const;

export const transfers = defineCollection<Transfer>({
  name: 'transfers',
  holds: 'Stock that moves between two locations, with the steps that were taken.',
  isEvented: true,
  fields: {
    fromLocationId: field.text,
    toLocationId: field.text,
    lines: field.list(),
    note: field.optional(field.text),
    status: field.oneOf(transferStatuses),
    steps: field.appendOnly(),
    createdBy: field.text,
    createdAt: field.date,
    updatedAt: field.date,
    version: field.number,
    creation: field.nullable(field.object()),
  },
  lists: [{ by: ['status'], order: 'newest' }, { order: 'newest' }],
  indexes: [leaving, coming],
  toSnapshot(transfer, { stamp }) {
    return { event: makeEvent(transferSnapshot, transfer, stamp, dataOf(transfer)) };
  },
});

export type TransferStore = ReturnType<typeof openTransfers>;

export function openTransfers(database: Database) {
  const collection = openCollection(database, transfers);
  return {
    ...collection,

    /** Some transfers that are on the way from or to a location: to decide on, in the transaction of the session. */
    async onTheWay(
      { tenantId, locationId }: { tenantId: string; locationId: string },
      limit: number,
      session: Session,
    ): Promise<string[]> {
      const found: string[] = [];
      for (const { key } of [leaving, coming]) {
        const [, place] = Object.keys(key) as [string, string];
        const filter = { tenantId, [place]: locationId, ...isOnTheWay };
        const options = { hint: key, projection: { _id: 1 }, limit: limit - found.length, session };
        if (found.length < limit) {
          found.push(...(await collection.native.find(filter, options).toArray()).map(({ _id }) => _id));
        }
      }
      return found;
    },
  };
}
