// Which users are customers of a tenant: a projection of auth's events, so that an order on behalf of a customer names a real one.
import type { Database, NativeIndexes } from '@holdfast/shared/persistence';
import { upsertNewer } from './newer-states.store.ts';

export type CustomerState = { _id: string; tenantId: string; role: string; version: number };

export const customerIndexes: NativeIndexes = { collection: 'customers', indexes: [] };

export type CustomerStore = ReturnType<typeof createCustomerStore>;

export function createCustomerStore(database: Database) {
  const customers = database.db.collection<CustomerState>('customers');
  return {
    async exists(tenantId: string, id: string): Promise<boolean> {
      return (await customers.findOne({ tenantId, _id: id }, { projection: { _id: 1 } })) !== null;
    },
    upsert: (states: readonly CustomerState[]) => upsertNewer(customers, states),
  };
}
