// Auth has a business, or its settings changed.
import {
  defaultSettings,
  type EventOf,
  type tenantCreated,
  type tenantSnapshot,
  type tenantUpdated,
} from '@holdfast/shared/contracts';
import type { TenantSettingsState } from './tenant-settings.store.ts';

type TenantEvent = EventOf<typeof tenantCreated> | EventOf<typeof tenantUpdated> | EventOf<typeof tenantSnapshot>;

export function onTenantChanged({
  tenantid: tenantId,
  aggregateversion: version,
  data,
}: TenantEvent): TenantSettingsState {
  const settings = { ...defaultSettings, ...data.settings };
  const { priceStalenessSeconds, decisionWindowSeconds, paymentPolicy, paymentWindowSeconds } = settings;
  const windows = { decisionWindowSeconds, paymentWindowSeconds, returnWindowDays: settings.returnWindowDays };
  return { id: tenantId, tenantId, priceStalenessSeconds, paymentPolicy, ...windows, version };
}
