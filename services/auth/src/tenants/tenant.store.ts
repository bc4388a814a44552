/** Tenants in MongoDB: a global collection, because a slug is looked up before anybody's tenant is known. */
import type { DomainEvent } from '@holdfast/shared/contracts';
import { storeEvents } from '@holdfast/shared/messaging';
import type { Database } from '@holdfast/shared/persistence';
import { normaliseSlug } from '@holdfast/shared/values';
import mongoose, { type mongo } from 'mongoose';
import type { Tenant } from './tenant.ts';

type Row = Omit<Tenant, 'id'> & { _id: string; events: unknown[] };

export type TenantStore = ReturnType<typeof tenantStore>;

/** The tenants of this installation. */
export function tenantStore(database: Database) {
  const model = database.connection.model<Row>('Tenant', tenantRow(), 'tenants');
  return {
    model,
    /** Adds a tenant with its events. Fails as a duplicate key if the slug is taken. */
    async add(tenant: Tenant, events: DomainEvent[], session: mongo.ClientSession): Promise<void> {
      const { id, ...fields } = tenant;
      await model.create([{ _id: id, ...fields, events: storeEvents(events) }], { session });
    },
    /** However the slug is spelled. */
    async findBySlug(slug: string): Promise<Tenant | undefined> {
      return toTenant(
        await model
          .findOne({ slug: normaliseSlug(slug) }, { events: 0 })
          .lean<Row>()
          .exec(),
      );
    },
    async read(id: string): Promise<Tenant | undefined> {
      return toTenant(await model.findOne({ _id: id }, { events: 0 }).lean<Row>().exec());
    },
  };
}

function toTenant(row: Row | null): Tenant | undefined {
  if (!row) return undefined;
  const { _id, events: _, ...fields } = row;
  return { id: _id, ...fields };
}

function tenantRow(): mongoose.Schema<Row> {
  const schema = new mongoose.Schema<Row>(
    {
      _id: { type: String, required: true },
      slug: { type: String, required: true },
      name: { type: String, required: true },
      currency: { type: String, required: true },
      timeZone: { type: String, required: true },
      version: { type: Number, required: true },
      createdAt: { type: Date, required: true },
      events: { type: [mongoose.Schema.Types.Mixed], required: true },
    },
    { strict: 'throw', versionKey: false, id: false, minimize: false },
  );
  schema.index({ slug: 1 }, { unique: true });
  return schema;
}
