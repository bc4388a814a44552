// Suppliers in MongoDB. Nothing in it is ever removed.
import { supplierStatuses } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import type { Supplier } from './supplier.ts';

export const suppliers = defineCollection<Supplier>({
  name: 'suppliers',
  holds: 'Who a tenant buys from; archived ones stay.',
  fields: {
    name: field.text,
    contactName: field.optional(field.text),
    email: field.optional(field.text),
    phone: field.optional(field.text),
    currency: field.text,
    leadTimeDays: field.optional(field.number),
    notes: field.optional(field.text),
    status: field.oneOf(supplierStatuses),
    version: field.number,
    createdAt: field.date,
    updatedAt: field.date,
    creation: field.nullable(field.object()),
  },
  lists: [{ by: ['status'], order: 'newest' }],
});

export type SupplierStore = ReturnType<typeof openSuppliers>;

export const openSuppliers = (database: Database) => openCollection(database, suppliers);
