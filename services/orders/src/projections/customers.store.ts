// Which users are customers of a tenant: a projection of auth's events, so that an order on behalf of a customer names
// a real one. Who became staff, or was deleted, is one no more.
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';

export type CustomerState = { id: string; tenantId: string; role: string; version: number };

export const customers = defineCollection<CustomerState>({
  name: 'customers',
  fields: { role: field.text, version: field.number },
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
  };
}
