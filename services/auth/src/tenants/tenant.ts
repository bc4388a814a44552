// A business: its slug is unique in the whole installation, everything else belongs to it alone. Pure.
// Invariants: every change raises the version by one and carries one event with the full public state; closing raises
// `accessVersion`, which makes all access tokens and sessions of before invalid, also after it is reopened.
import {
  type BodyOf,
  type DomainEvent,
  defaultSettings,
  type EventDefinition,
  makeEvent,
  type RatePlan,
  type TenantSettings,
  type tenantApi,
  tenantCreated,
  tenantSnapshot,
  tenantUpdated,
} from '@holdfast/shared/contracts';
import { normaliseSlug, type Stamp } from '@holdfast/shared/values';

export const tenantStatuses = ['open', 'closed'] as const;
export type Tenant = {
  id: string;
  slug: string;
  name: string;
  currency: string;
  timeZone: string;
  settings: TenantSettings;
  status: (typeof tenantStatuses)[number];
  /** The version at which it was closed last; 0 if it never was. */
  accessVersion: number;
  /** When that was: sessions of before have ended. */
  accessChangedAt?: Date | undefined;
  version: number;
  createdAt: Date;
};

export type NewTenant = Pick<Tenant, 'id' | 'slug' | 'name' | 'currency' | 'timeZone'>;
export type TenantPatch = BodyOf<typeof tenantApi.updateTenant>;
export type TenantChange = { before: Tenant; after: Tenant; events: DomainEvent[] };

/** A tenant that signs up now, and the event for the other services. */
export function newTenant(facts: NewTenant, stamp: Stamp): { tenant: Tenant; events: DomainEvent[] } {
  const { id, name, currency, timeZone } = facts;
  const about = { id, slug: normaliseSlug(facts.slug), name, currency, timeZone, settings: defaultSettings };
  const tenant: Tenant = { ...about, status: 'open', accessVersion: 0, version: 1, createdAt: stamp.now };
  return { tenant, events: [eventOf(tenantCreated, tenant, stamp)] };
}

/** Merges a patch; undefined when it changes nothing. */
export function patchTenant(
  tenant: Tenant,
  { settings = {}, ...patch }: TenantPatch,
  stamp: Stamp,
): TenantChange | undefined {
  const { name = tenant.name, currency = tenant.currency, timeZone = tenant.timeZone } = patch;
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const isSame =
    name === tenant.name &&
    currency === tenant.currency &&
    timeZone === tenant.timeZone &&
    given.every(([key, value]) => tenant.settings[key as keyof TenantSettings] === value);
  if (isSame) return undefined;
  const next = { name, currency, timeZone, settings: { ...tenant.settings, ...Object.fromEntries(given) } };
  return changed(tenant, next, stamp);
}

/** What the operator grants; undefined when it is granted already. */
export function grantRatePlan(tenant: Tenant, ratePlan: RatePlan, stamp: Stamp): TenantChange | undefined {
  if (tenant.settings.ratePlan === ratePlan) return undefined;
  return changed(tenant, { settings: { ...tenant.settings, ratePlan } }, stamp);
}

/** Closed from now on; undefined when it is already. */
export function closeTenant(tenant: Tenant, stamp: Stamp): TenantChange | undefined {
  if (tenant.status === 'closed') return undefined;
  const access = { accessVersion: tenant.version + 1, accessChangedAt: stamp.now };
  return changed(tenant, { status: 'closed', ...access }, stamp);
}

/** Open again, with nobody signed in; undefined when it is open. */
export function reopenTenant(tenant: Tenant, stamp: Stamp): TenantChange | undefined {
  return tenant.status === 'open' ? undefined : changed(tenant, { status: 'open' }, stamp);
}

/** Whether the session may still be used: it began, and was decided on, after the business was closed last. */
export function admitsSessionOf(
  { status, accessChangedAt, accessVersion }: Tenant,
  { createdAt, tenantVersion }: { createdAt: Date; tenantVersion?: number | undefined },
): boolean {
  const isOfBefore = tenantVersion !== undefined && tenantVersion < accessVersion;
  return status === 'open' && (accessChangedAt === undefined || createdAt >= accessChangedAt) && !isOfBefore;
}

/** The event with the full state of a tenant, for resync. */
export function tenantSnapshotEvent(tenant: Tenant, stamp: Stamp): DomainEvent {
  return eventOf(tenantSnapshot, tenant, stamp);
}

function changed(before: Tenant, change: Partial<Tenant>, stamp: Stamp): TenantChange {
  const after = { ...before, ...change, version: before.version + 1 };
  return { before, after, events: [eventOf(tenantUpdated, after, stamp)] };
}

function eventOf(definition: EventDefinition, tenant: Tenant, stamp: Stamp): DomainEvent {
  const { id, slug, currency, timeZone, settings, status, accessVersion, version } = tenant;
  const data = { tenantId: id, slug, currency, timeZone, settings, status, accessVersion };
  return makeEvent(definition, { tenantId: id, id, version }, stamp, data);
}
