// Tenants in MongoDB: a global collection, because a slug is looked up before anybody's tenant is known.
import { type DomainEvent, makeEvent, tenantSnapshot } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field, openCollection, type Session } from '@holdfast/shared/persistence';
import { newId, normaliseSlug } from '@holdfast/shared/values';
import type { Tenant } from './tenant.ts';

const bySlug = { slug: 1 } as const;

export const tenants = defineCollection<Tenant>({
  name: 'tenants',
  isGlobal: true,
  isEvented: true,
  fields: {
    slug: field.text,
    name: field.text,
    currency: field.text,
    timeZone: field.text,
    version: field.number,
    createdAt: field.date,
  },
  indexes: [{ key: bySlug, unique: true }],
  toSnapshot({ id, slug, currency, timeZone, version }, { stamp }) {
    const data = { tenantId: id, slug, currency, timeZone };
    return { event: makeEvent(tenantSnapshot, { tenantId: id, id, version }, stamp, data) };
  },
});

export type TenantStore = ReturnType<typeof openTenants>;

/** The tenants of this installation. */
export function openTenants(database: Database) {
  const collection = openCollection(database, tenants);
  return {
    /** Adds a tenant with its events. Fails as a duplicate key if the slug is taken. */
    add: (after: Tenant, events: DomainEvent[], session: Session) => collection.insert([{ after, events }], session),
    /** However the slug is spelled. */
    findBySlug: (slug: string) => collection.findOne({ slug: normaliseSlug(slug) }, bySlug),
    read: (id: string) => collection.read({ id }),
    /** Makes transactions that take an OWNER away follow one another: each writes this field. */
    async lockOwners(id: string, session: Session): Promise<void> {
      const update = { $set: { ownersLock: newId('evt'), events: [] } };
      await collection.native.updateOne({ _id: id }, update, { session, hint: { _id: 1 } });
    },
  };
}
