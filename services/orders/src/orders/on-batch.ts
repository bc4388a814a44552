// One batch of events from auth, the catalog and inventory: projections first, then the outcomes.
import {
  adjustmentWaiting,
  eventTable,
  locationCreated,
  locationDeleted,
  locationSnapshot,
  locationUpdated,
  on,
  reservationHeld,
  reservationRejected,
  reservationSnapshot,
  tenantCreated,
  tenantSnapshot,
  tenantUpdated,
  userCreated,
  userDeleted,
  userErased,
  userSnapshot,
  userUpdated,
  variantArchived,
  variantCreated,
  variantSnapshot,
  variantUpdated,
} from '@holdfast/shared/contracts';
import type { Batch } from '@holdfast/shared/messaging';
import type { CustomerState, CustomerStore } from '../projections/customers.store.ts';
import type { LocationState, LocationStore } from '../projections/locations.store.ts';
import { onLocationChanged } from '../projections/on-location-changed.ts';
import { onTenantChanged } from '../projections/on-tenant-changed.ts';
import { onUserChanged } from '../projections/on-user-changed.ts';
import { onVariantChanged } from '../projections/on-variant-changed.ts';
import type { TenantSettingsState, TenantSettingsStore } from '../projections/tenant-settings.store.ts';
import type { VariantState, VariantStore } from '../projections/variants.store.ts';
import type { ChangeOrders, PlannedChange } from './change-order.ts';
import { onAdjustmentWaiting } from './on-adjustment-waiting.ts';
import { onReservationHeld, onReservationRejected, onReservationSnapshot } from './on-reservation-decided.ts';

export type BatchDeps = {
  changeOrders: ChangeOrders;
  variants: Pick<VariantStore, 'upsert'>;
  customers: Pick<CustomerStore, 'upsert'>;
  tenants: Pick<TenantSettingsStore, 'upsert'>;
  locations: Pick<LocationStore, 'upsert'>;
};

type Work = {
  tenants: TenantSettingsState[];
  customers: CustomerState[];
  variants: VariantState[];
  locations: LocationState[];
  changes: PlannedChange[];
};

/** What changes something here, and what each event asks for. */
export const handled = eventTable<Work>([
  on(tenantCreated, (event, { tenants }) => tenants.push(onTenantChanged(event))),
  on(tenantUpdated, (event, { tenants }) => tenants.push(onTenantChanged(event))),
  on(tenantSnapshot, (event, { tenants }) => tenants.push(onTenantChanged(event))),
  on(userCreated, (event, { customers }) => customers.push(...onUserChanged(event))),
  on(userUpdated, (event, { customers }) => customers.push(...onUserChanged(event))),
  on(userDeleted, (event, { customers }) => customers.push(...onUserChanged(event))),
  on(userErased, (event, { customers }) => customers.push(...onUserChanged(event))),
  on(userSnapshot, (event, { customers }) => customers.push(...onUserChanged(event))),
  on(variantCreated, (event, { variants }) => variants.push(onVariantChanged(event))),
  on(variantUpdated, (event, { variants }) => variants.push(onVariantChanged(event))),
  on(variantArchived, (event, { variants }) => variants.push(onVariantChanged(event))),
  on(variantSnapshot, (event, { variants }) => variants.push(onVariantChanged(event))),
  on(locationCreated, (event, { locations }) => locations.push(onLocationChanged(event))),
  on(locationUpdated, (event, { locations }) => locations.push(onLocationChanged(event))),
  on(locationDeleted, (event, { locations }) => locations.push(onLocationChanged(event, true))),
  on(locationSnapshot, (event, { locations }) => locations.push(onLocationChanged(event))),
  on(reservationHeld, (event, { changes }) => changes.push(onReservationHeld(event))),
  on(reservationRejected, (event, { changes }) => changes.push(onReservationRejected(event))),
  on(reservationSnapshot, (event, { changes }) => changes.push(...onReservationSnapshot(event))),
  on(adjustmentWaiting, (event, { changes }) => changes.push(...onAdjustmentWaiting(event))),
]);

/**
 * Effects are idempotent by keys of their own (state version, pending request), so the cursors are written after them.
 */
export async function onBatch({ entries }: Batch, deps: BatchDeps): Promise<void> {
  const work: Work = { tenants: [], customers: [], variants: [], locations: [], changes: [] };
  for (const { event } of entries) handled.dispatch(event, work);
  if (work.variants.length > 0) await deps.variants.upsert(work.variants);
  if (work.tenants.length > 0) await deps.tenants.upsert(work.tenants);
  if (work.customers.length > 0) await deps.customers.upsert(work.customers);
  if (work.locations.length > 0) await deps.locations.upsert(work.locations);
  if (work.changes.length > 0) await deps.changeOrders(work.changes);
}
