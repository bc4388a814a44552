// What inventory knows of the settings of tenants: a projection of auth's events. The tenant's id is the document's.
import { defaultSettings } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import type { Tolerances } from '../purchase-orders/receipt.ts';

export type TenantSettingsState = Tolerances & { id: string; tenantId: string; version: number };

export const tenantSettings = defineCollection<TenantSettingsState>({
  name: 'tenant_settings',
  holds: "What inventory knows of a tenant's settings from the events of auth.",
  fields: { overReceiptPercent: field.number, variancePercent: field.number, version: field.number },
});

const unknown: Tolerances = {
  overReceiptPercent: defaultSettings.overReceiptTolerancePercent,
  variancePercent: defaultSettings.priceVarianceTolerancePercent,
};

export type TenantSettingsStore = ReturnType<typeof openTenantSettings>;

export function openTenantSettings(database: Database) {
  const collection = openCollection(database, tenantSettings);
  return {
    of: async (tenantId: string): Promise<Tolerances> => (await collection.read({ tenantId, id: tenantId })) ?? unknown,
    /** Applies states that are newer than what is stored. */
    upsert: collection.saveNewer,
  };
}
