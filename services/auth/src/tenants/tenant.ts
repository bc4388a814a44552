// A business: its slug is unique in the whole installation, everything else belongs to it alone. Pure.
// Invariant: every change raises the version by one and carries one event with the full public state.
import {
  type authApi,
  type BodyOf,
  type DomainEvent,
  type EventDefinition,
  makeEvent,
  priceStaleness,
  tenantCreated,
  tenantSnapshot,
  tenantUpdated,
} from '@holdfast/shared/contracts';
import { normaliseSlug, type Stamp } from '@holdfast/shared/values';

export type TenantSettings = { priceStalenessSeconds: number };
export type Tenant = {
  id: string;
  slug: string;
  name: string;
  currency: string;
  timeZone: string;
  settings: TenantSettings;
  version: number;
  createdAt: Date;
};

export type NewTenant = Pick<Tenant, 'id' | 'slug' | 'name' | 'currency' | 'timeZone'>;
export type TenantPatch = BodyOf<typeof authApi.updateTenant>;
export type TenantChange = { before: Tenant; after: Tenant; events: DomainEvent[] };

export const defaultSettings: TenantSettings = { priceStalenessSeconds: priceStaleness.defaultSeconds };

/** A tenant that signs up now, and the event for the other services. */
export function newTenant(facts: NewTenant, stamp: Stamp): { tenant: Tenant; events: DomainEvent[] } {
  const { id, name, currency, timeZone } = facts;
  const slug = normaliseSlug(facts.slug);
  const settings = defaultSettings;
  const tenant: Tenant = { id, slug, name, currency, timeZone, settings, version: 1, createdAt: stamp.now };
  return { tenant, events: [eventOf(tenantCreated, tenant, stamp)] };
}

/** Merges a patch; undefined when it changes nothing. */
export function patchTenant(tenant: Tenant, patch: TenantPatch, stamp: Stamp): TenantChange | undefined {
  const { name = tenant.name, timeZone = tenant.timeZone } = patch;
  const { priceStalenessSeconds = tenant.settings.priceStalenessSeconds } = patch.settings ?? {};
  const isSame =
    name === tenant.name &&
    timeZone === tenant.timeZone &&
    priceStalenessSeconds === tenant.settings.priceStalenessSeconds;
  if (isSame) return undefined;
  const after = { ...tenant, name, timeZone, settings: { priceStalenessSeconds }, version: tenant.version + 1 };
  return { before: tenant, after, events: [eventOf(tenantUpdated, after, stamp)] };
}

/** The event with the full state of a tenant, for resync. */
export function tenantSnapshotEvent(tenant: Tenant, stamp: Stamp): DomainEvent {
  return eventOf(tenantSnapshot, tenant, stamp);
}

function eventOf(definition: EventDefinition, tenant: Tenant, stamp: Stamp): DomainEvent {
  const { id, slug, currency, timeZone, settings, version } = tenant;
  const data = { tenantId: id, slug, currency, timeZone, settings };
  return makeEvent(definition, { tenantId: id, id, version }, stamp, data);
}
