// The HTTP contract of suppliers: who a business buys from, and what it pays there for which variant.
import { z } from 'zod';
import { supplierItemsMax } from '../bounds.ts';
import {
  currencyField,
  emailField,
  idField,
  idParams,
  moneyAnswer,
  moneyField,
  nameField,
  noteField,
  quantityField,
  timeField,
} from '../fields.ts';
import { defineApi, list, noContent } from '../operation.ts';
import { textField } from '../text.ts';

export const supplierStatuses = ['active', 'archived'] as const;

export const supplierAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    contactName: z.string().optional(),
    email: z.string().optional(),
    phone: z.string().optional(),
    currency: z.string().describe('What its costs are in.'),
    leadTimeDays: z.int().optional().describe('How long it takes to deliver.'),
    notes: z.string().optional(),
    status: z.enum(supplierStatuses),
    version: z.int(),
    createdAt: timeField,
    updatedAt: timeField,
  })
  .meta({ id: 'Supplier' });

export const supplierItemAnswer = z
  .object({
    supplierId: z.string(),
    variantId: z.string(),
    supplierSku: z.string().optional(),
    unitCost: moneyAnswer,
    packSize: z.int().describe('It is sold in multiples of this.'),
    minimumQuantity: z.int().describe('The least that can be ordered.'),
    preferred: z.boolean().describe('Reorder suggestions take the variant from this supplier.'),
    version: z.int(),
    updatedAt: timeField,
  })
  .meta({ id: 'SupplierItem' });

const contact = textField({ max: 200 });
const phone = textField({ max: 40 });
const leadTimeDays = z.int().min(0).max(3_650);

const itemParams = z.strictObject({ id: idField, variantId: idField });

export const suppliersApi = defineApi('inventory', 'Purchasing', {
  listSuppliers: list({
    path: '/v1/suppliers',
    summary: 'Suppliers, newest first',
    description: 'Without `status` the active ones.',
    access: ['suppliers:read'],
    filters: { status: z.enum(supplierStatuses).optional() },
    item: supplierAnswer,
  }),
  createSupplier: {
    method: 'POST',
    path: '/v1/suppliers',
    summary: 'Add a supplier',
    access: ['suppliers:write'],
    idempotencyKey: 'optional',
    body: z.strictObject({
      name: nameField,
      contactName: contact.optional(),
      email: emailField.optional(),
      phone: phone.optional(),
      currency: currencyField,
      leadTimeDays: leadTimeDays.optional(),
      notes: noteField.optional(),
    }),
    statuses: [201],
    answer: supplierAnswer,
    errors: ['idempotency_key_reused'],
    example: { name: 'Northern Wool Ltd', email: 'orders@northern-wool.example', currency: 'EUR', leadTimeDays: 14 },
  },
  readSupplier: {
    method: 'GET',
    path: '/v1/suppliers/:id',
    summary: 'One supplier',
    access: ['suppliers:read'],
    params: idParams,
    statuses: [200],
    answer: supplierAnswer,
  },
  updateSupplier: {
    method: 'PATCH',
    path: '/v1/suppliers/:id',
    summary: 'Change a supplier, or restore an archived one',
    description: 'null removes a field. The currency stays: costs and purchase orders are in it.',
    access: ['suppliers:write'],
    params: idParams,
    body: z.strictObject({
      name: nameField.optional(),
      contactName: contact.nullable().optional(),
      email: emailField.nullable().optional(),
      phone: phone.nullable().optional(),
      leadTimeDays: leadTimeDays.nullable().optional(),
      notes: noteField.nullable().optional(),
      status: z.literal('active').optional(),
    }),
    statuses: [200],
    answer: supplierAnswer,
    errors: ['stale_version'],
    example: { leadTimeDays: 10 },
  },
  deleteSupplier: {
    method: 'DELETE',
    path: '/v1/suppliers/:id',
    summary: 'Archive a supplier',
    description: 'Nothing new is ordered there; what is on order goes on.',
    access: ['suppliers:write'],
    params: idParams,
    statuses: [204],
    answer: noContent,
    errors: ['stale_version'],
  },
  listSupplierItems: list({
    path: '/v1/suppliers/:id/items',
    summary: 'What a supplier sells, by id',
    access: ['suppliers:read'],
    params: idParams,
    item: supplierItemAnswer,
  }),
  putSupplierItem: {
    method: 'PUT',
    path: '/v1/suppliers/:id/items/:variantId',
    summary: 'Say what a supplier sells a variant for',
    description: `Replaces what was said before. Of the suppliers of a variant one is preferred: the last that was made so. A supplier has at most ${supplierItemsMax} items.`,
    access: ['suppliers:write'],
    params: itemParams,
    body: z.strictObject({
      supplierSku: textField({ max: 64 }).optional(),
      unitCost: moneyField,
      packSize: quantityField.optional().describe('Default 1.'),
      minimumQuantity: quantityField.optional().describe('Default 1.'),
      preferred: z.boolean().optional().describe('Default false.'),
    }),
    statuses: [200],
    answer: supplierItemAnswer,
    errors: ['mixed_currencies', 'stale_version', 'too_many_supplier_items'],
    example: { supplierSku: 'NW-77', unitCost: { amount: 900, currency: 'EUR' }, packSize: 10, preferred: true },
  },
  deleteSupplierItem: {
    method: 'DELETE',
    path: '/v1/suppliers/:id/items/:variantId',
    summary: 'A supplier does not sell a variant any more',
    access: ['suppliers:write'],
    params: itemParams,
    statuses: [204],
    answer: noContent,
    errors: ['stale_version'],
  },
});
