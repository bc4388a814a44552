// Which users are customers of a tenant: a projection of auth's events, so that an order on behalf of a customer names
// a real one. Who became staff, or was deleted, is one no more. Of an erased user it says until when the orders are to
// be looked through for personal data.
import { asSystem, type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import mongoose from 'mongoose';

export type CustomerState = {
  id: string;
  tenantId: string;
  role: string;
  /** Since when the user is erased. */
  erasedAt?: Date | undefined;
  /** When its orders are looked through next; absent once they are done. */
  erasureDueAt?: Date | undefined;
  /** The place in its orders where that goes on. */
  erasureAfter?: string | undefined;
  version: number;
};

const byErasure = { erasureDueAt: 1 } as const;

export const customers = defineCollection<CustomerState>({
  name: 'customers',
  holds: 'What orders knows of a customer from the events of auth.',
  fields: {
    role: field.text,
    erasedAt: field.optional(field.date),
    erasureDueAt: field.optional(field.date),
    erasureAfter: field.optional(field.text),
    version: field.number,
  },
  indexes: [{ key: byErasure, sparse: true, serves: 'the second pass of an erasure, over all tenants' }],
});

export type CustomerStore = ReturnType<typeof createCustomerStore>;

export function createCustomerStore(database: Database) {
  const collection = openCollection(database, customers);
  return {
    async exists(tenantId: string, id: string): Promise<boolean> {
      return (await collection.read({ tenantId, id }))?.role === 'CUSTOMER';
    },
    /** Applies states that are newer than what is stored. */
    upsert: collection.saveNewer,
    /** Erased customers of all tenants whose orders are due by now, at most `limit`. */
    async erasureDue(now: Date, limit: number): Promise<CustomerState[]> {
      const where = { erasureDueAt: mongoose.trusted({ $lte: now }) };
      const query = { sort: byErasure, index: byErasure, limit };
      return asSystem('erase customers', () => collection.find(where, query));
    },
    /** Notes how far an erasure is, unless the customer has changed meanwhile. */
    async noteErasure(
      { tenantId, id: _id, version }: CustomerState,
      { dueAt, after }: { dueAt: Date | undefined; after: string | undefined },
    ): Promise<void> {
      const set = { ...(dueAt && { erasureDueAt: dueAt }), ...(after && { erasureAfter: after }) };
      const unset = {
        ...(dueAt ? {} : { erasureDueAt: '' as const }),
        ...(after ? {} : { erasureAfter: '' as const }),
      };
      const update = {
        ...(Object.keys(set).length > 0 && { $set: set }),
        ...(Object.keys(unset).length > 0 && { $unset: unset }),
      };
      await collection.native.updateOne({ tenantId, _id, version }, update, { hint: { _id: 1 } });
    },
  };
}
