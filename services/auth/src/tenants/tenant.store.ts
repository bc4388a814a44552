// Tenants in MongoDB: a global collection, because a slug is looked up before anybody's tenant is known.
import { type DomainEvent, defaultSettings } from '@holdfast/shared/contracts';
import {
  asSystem,
  type Database,
  defineCollection,
  field,
  openCollection,
  type Session,
} from '@holdfast/shared/persistence';
import { newId, normaliseSlug } from '@holdfast/shared/values';
import mongoose from 'mongoose';
import { type Tenant, type TenantChange, tenantSnapshotEvent, tenantStatuses } from './tenant.ts';

const bySlug = { slug: 1 } as const;
const byAccessChange = { accessChangedAt: 1 } as const;

export const tenants = defineCollection<Tenant>({
  name: 'tenants',
  holds: 'A business: slug, currency, time zone and settings.',
  isGlobal: true,
  isEvented: true,
  fields: {
    slug: field.text,
    name: field.text,
    currency: field.text,
    timeZone: field.text,
    settings: field.object(),
    status: field.oneOf(tenantStatuses),
    accessVersion: field.number,
    accessChangedAt: field.optional(field.date),
    version: field.number,
    createdAt: field.date,
  },
  indexes: [
    { key: bySlug, unique: true, serves: 'login; a slug is one tenant of the installation' },
    { key: byAccessChange, sparse: true, serves: 'the revocations of the last minutes' },
  ],
  defaults: () => ({ settings: defaultSettings, status: 'open', accessVersion: 0 }),
  toSnapshot: (tenant, { stamp }) => ({ event: tenantSnapshotEvent(tenant, stamp) }),
});

/** A tenant whose access tokens of before are dead. */
export type ClosedTenant = { tenantId: string; tenantVersion: number; changedAt: Date };
export type TenantStore = ReturnType<typeof openTenants>;

/** The tenants of this installation. */
export function openTenants(database: Database) {
  const collection = openCollection(database, tenants);
  const findAnyBySlug = async (slug: string) =>
    withDefaults(await collection.findOne({ slug: normaliseSlug(slug) }, bySlug));
  return {
    /** Adds a tenant with its events. Fails as a duplicate key if the slug is taken. */
    add: (after: Tenant, events: DomainEvent[], session: Session) => collection.insert([{ after, events }], session),
    /** The open one, however its slug is spelled: a closed one is as unknown. */
    async findBySlug(slug: string): Promise<Tenant | undefined> {
      const found = await findAnyBySlug(slug);
      return found?.status === 'open' ? found : undefined;
    },
    /** Closed ones too: for the operator. */
    findAnyBySlug,
    read: async (id: string, session?: Session) => withDefaults(await collection.read({ id }, { session })),
    /** Stores a decided change; throws Conflict when the tenant has another version by now. */
    save: (change: TenantChange, session: Session) => collection.saveAll([change], session),
    /** Makes transactions that count something of the tenant follow one another: each writes this field. */
    async lock(id: string, session: Session): Promise<void> {
      const update = { $set: { lock: newId('evt'), events: [] } };
      await collection.native.updateOne({ _id: id }, update, { session, hint: { _id: 1 } });
    },
    /** Tenants that were closed at or after this time, oldest first, at most `limit`. */
    async closedSince(since: Date, limit: number): Promise<ClosedTenant[]> {
      const where = { accessChangedAt: mongoose.trusted({ $gte: since }) };
      const query = { sort: byAccessChange, index: byAccessChange, limit };
      const found = await asSystem('revocations', () => collection.find(where, query));
      return found.map(({ id, accessVersion, accessChangedAt }) => {
        return { tenantId: id, tenantVersion: accessVersion, changedAt: accessChangedAt! };
      });
    },
  };
}

/** A tenant of before a setting came has its default. */
function withDefaults(tenant: Tenant | undefined): Tenant | undefined {
  return tenant && { ...tenant, settings: { ...defaultSettings, ...tenant.settings } };
}
