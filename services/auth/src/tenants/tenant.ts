// A business: its slug is unique in the whole installation, everything else belongs to it alone.
import { type DomainEvent, makeEvent, tenantCreated } from '@holdfast/shared/contracts';
import { normaliseSlug, type Stamp } from '@holdfast/shared/values';

export type Tenant = {
  id: string;
  slug: string;
  name: string;
  currency: string;
  timeZone: string;
  version: number;
  createdAt: Date;
};

export type NewTenant = Pick<Tenant, 'id' | 'slug' | 'name' | 'currency' | 'timeZone'>;

/** A tenant that signs up now, and the event for the other services. */
export function newTenant(facts: NewTenant, stamp: Stamp): { tenant: Tenant; events: DomainEvent[] } {
  const { id, name, currency, timeZone } = facts;
  const slug = normaliseSlug(facts.slug);
  const tenant: Tenant = { id, slug, name, currency, timeZone, version: 1, createdAt: stamp.now };
  const data = { tenantId: id, slug, currency, timeZone };
  return { tenant, events: [makeEvent(tenantCreated, { ...tenant, tenantId: id }, stamp, data)] };
}
