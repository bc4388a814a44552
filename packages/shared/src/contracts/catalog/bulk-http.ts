// The HTTP contract of bulk upserts: many variants, with their products, in one request.
import { z } from 'zod';
import { upsertRowsMax } from '../bounds.ts';
import { moneyField, optionValues, skuField } from '../fields.ts';
import { defineApi } from '../operation.ts';
import { barcodeField, productFields, unitsField, weightField } from './fields.ts';

/** One row: a variant and, in `name`, `description`, `category` and `status`, its product. */
export const upsertRow = z
  .strictObject({
    sku: skuField,
    name: productFields.name.optional(),
    price: moneyField.optional(),
    cost: moneyField.optional(),
    barcode: barcodeField.optional(),
    category: productFields.category.optional(),
    description: productFields.description.optional(),
    status: productFields.status.optional(),
    options: optionValues.optional(),
    weightGrams: weightField.optional(),
    initialStock: unitsField.optional(),
    reorderLevel: unitsField.optional(),
  })
  .meta({ id: 'UpsertRow' });
export type UpsertRow = z.output<typeof upsertRow>;

export const upsertResult = z
  .object({
    row: z.int().describe('Its place among the rows, from 0.'),
    sku: z.string(),
    status: z.enum(['created', 'updated', 'unchanged', 'failed']),
    productId: z.string().optional(),
    variantId: z.string().optional(),
    code: z.string().optional().describe('Why it failed.'),
    message: z.string().optional(),
    pointer: z.string().optional().describe('The field at fault, as a JSON pointer into the body.'),
  })
  .meta({ id: 'UpsertResult' });
export type UpsertResult = z.output<typeof upsertResult>;

export const bulkApi = defineApi('catalog', 'Catalog', {
  bulkUpsertVariants: {
    method: 'POST',
    path: '/v1/variants/bulk-upsert',
    summary: 'Create and update many variants',
    description: `At most ${upsertRowsMax} rows. A row with the SKU of an active variant changes what it gives of it; any other SKU becomes a new variant, which needs \`name\` and \`price\`. Rows with the same \`name\` are variants of one product, one that has this name or a new one; \`description\`, \`category\` and \`status\` are the product's. Each row has its own result: one that is flawed fails, the others take effect. \`initialStock\` is only for a new SKU; of a known one it may only repeat what the variant was created with. Sending the same rows again changes nothing.`,
    access: ['products:write'],
    idempotencyKey: 'optional',
    body: z.strictObject({
      // What is no row is let in, and answered as the result of its row.
      rows: z
        .array(z.union([upsertRow, z.unknown()]))
        .min(1)
        .max(upsertRowsMax),
    }),
    statuses: [200],
    answer: z.object({
      data: z.array(upsertResult),
      created: z.int(),
      updated: z.int(),
      unchanged: z.int(),
      failed: z.int(),
    }),
    errors: ['idempotency_key_reused'],
    example: {
      rows: [{ sku: 'CAP-1', name: 'Wool cap', price: { amount: 2900, currency: 'EUR' }, initialStock: 10 }],
    },
  },
});
