// Tenants in MongoDB: a global collection, because a slug is looked up before anybody's tenant is known.
import type { DomainEvent } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field, openCollection, type Session } from '@holdfast/shared/persistence';
import { newId, normaliseSlug } from '@holdfast/shared/values';
import { defaultSettings, type Tenant, type TenantChange, tenantSnapshotEvent } from './tenant.ts';

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
    settings: field.object(),
    version: field.number,
    createdAt: field.date,
  },
  indexes: [{ key: bySlug, unique: true }],
  defaults: () => ({ settings: defaultSettings }),
  toSnapshot: (tenant, { stamp }) => ({ event: tenantSnapshotEvent(tenant, stamp) }),
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
    read: (id: string, session?: Session) => collection.read({ id }, { session }),
    /** Stores a decided change; throws Conflict when the tenant has another version by now. */
    save: (change: TenantChange, session: Session) => collection.saveAll([change], session),
    /** Makes transactions that take an OWNER away follow one another: each writes this field. */
    async lockOwners(id: string, session: Session): Promise<void> {
      const update = { $set: { ownersLock: newId('evt'), events: [] } };
      await collection.native.updateOne({ _id: id }, update, { session, hint: { _id: 1 } });
    },
  };
}
