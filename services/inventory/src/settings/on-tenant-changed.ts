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
  const { overReceiptTolerancePercent, priceVarianceTolerancePercent } = { ...defaultSettings, ...data.settings };
  const tolerances = {
    overReceiptPercent: overReceiptTolerancePercent,
    variancePercent: priceVarianceTolerancePercent,
  };
  return { id: tenantId, tenantId, ...tolerances, version };
}
