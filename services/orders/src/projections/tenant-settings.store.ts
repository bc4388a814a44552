// What orders knows of the settings of tenants: a projection of auth's events. The tenant's id is the document's.
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';

export type TenantSettingsState = { id: string; tenantId: string; priceStalenessSeconds: number; version: number };

export const tenantSettings = defineCollection<TenantSettingsState>({
  name: 'tenant_settings',
  fields: { priceStalenessSeconds: field.number, version: field.number },
});

export type TenantSettingsStore = ReturnType<typeof openTenantSettings>;

export function openTenantSettings(database: Database) {
  const collection = openCollection(database, tenantSettings);
  return {
    read: (tenantId: string) => collection.read({ tenantId, id: tenantId }),
    /** Applies states that are newer than what is stored. */
    upsert: collection.saveNewer,
  };
}
