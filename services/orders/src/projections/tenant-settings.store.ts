// What orders knows of the settings of tenants: a projection of auth's events. The tenant's id is the document's.
import { defaultSettings, paymentPolicies, type TenantSettings } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';

/** The settings that orders acts on. */
export type OrderSettings = Pick<
  TenantSettings,
  'priceStalenessSeconds' | 'decisionWindowSeconds' | 'paymentPolicy' | 'paymentWindowSeconds' | 'returnWindowDays'
>;
export type TenantSettingsState = OrderSettings & { id: string; tenantId: string; version: number };

export const tenantSettings = defineCollection<TenantSettingsState>({
  name: 'tenant_settings',
  holds: "What orders knows of a tenant's settings from the events of auth.",
  fields: {
    priceStalenessSeconds: field.number,
    decisionWindowSeconds: field.number,
    paymentPolicy: field.oneOf(paymentPolicies),
    paymentWindowSeconds: field.number,
    returnWindowDays: field.number,
    version: field.number,
  },
  defaults: () => {
    const { decisionWindowSeconds, paymentPolicy, paymentWindowSeconds, returnWindowDays } = defaultSettings;
    return { decisionWindowSeconds, paymentPolicy, paymentWindowSeconds, returnWindowDays };
  },
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
