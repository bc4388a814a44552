/** A business: its slug is unique in the whole installation, everything else belongs to it alone. */
import { type DomainEvent, makeEvent, tenantCreated } from '@holdfast/shared/contracts';
import type { Correlation } from '@holdfast/shared/telemetry';
import { normaliseSlug } from '@holdfast/shared/values';

export type Tenant = {
  id: string;
  slug: string;
  name: string;
  currency: string;
  timeZone: string;
  version: number;
  createdAt: Date;
};

export type NewTenant = Pick<Tenant, 'id' | 'slug' | 'name' | 'currency' | 'timeZone'> & {
  now: Date;
  eventId: string;
  origin: Correlation;
};

/** A tenant that signs up now, and the event that tells the other services. */
export function newTenant(facts: NewTenant): { tenant: Tenant; events: DomainEvent[] } {
  const { id, name, currency, timeZone, now } = facts;
  const slug = normaliseSlug(facts.slug);
  const tenant: Tenant = { id, slug, name, currency, timeZone, version: 1, createdAt: now };
  const created = makeEvent(tenantCreated, {
    id: facts.eventId,
    tenantId: id,
    subject: id,
    version: 1,
    time: now,
    data: { tenantId: id, slug, currency, timeZone },
    ...facts.origin,
  });
  return { tenant, events: [created] };
}
