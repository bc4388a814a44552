// The HTTP contract of the catalog: products and their variants.
import { z } from 'zod';
import { skuLengthMax, variantsPerProductMax } from '../bounds.ts';
import {
  idParams,
  metadataAnswer,
  metadataField,
  moneyAnswer,
  moneyField,
  optionsField,
  optionsPatch,
  optionValues,
  skuField,
  timeField,
} from '../fields.ts';
import { defineApi, list } from '../operation.ts';
import { barcodeField, productFields, productStatus, unitsField, variantStatus, weightField } from './fields.ts';

const variantBody = z.strictObject({
  sku: skuField,
  options: optionValues.optional(),
  price: moneyField,
  cost: moneyField.optional(),
  barcode: barcodeField.optional(),
  weightGrams: weightField.optional(),
  initialStock: unitsField.optional(),
  reorderLevel: unitsField.optional(),
});

/** A listed variant may leave its SKU out when a pattern names it. */
const listedVariantBody = variantBody.extend({ sku: skuField.optional() });

export const variantAnswer = z
  .object({
    id: z.string(),
    productId: z.string(),
    sku: z.string(),
    productName: z.string(),
    options: z.record(z.string(), z.string()),
    price: moneyAnswer,
    cost: moneyAnswer.optional().describe('Only for those who may change products.'),
    barcode: z.string().optional(),
    weightGrams: z.int().optional(),
    status: variantStatus,
    version: z.int(),
    createdAt: timeField,
    updatedAt: timeField,
  })
  .meta({ id: 'Variant' });

export const productAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().optional(),
    category: z.string().optional().describe('The names from the root, as they are now.'),
    categoryId: z.string().optional(),
    status: productStatus,
    media: z.array(z.string()),
    metadata: metadataAnswer.optional(),
    options: z.record(z.string(), z.array(z.string())).optional().describe('What its variants choose from.'),
    createdBy: z.string().optional().describe('A user id; not shown to customers.'),
    variants: z.array(variantAnswer),
    version: z.int(),
    createdAt: timeField,
    updatedAt: timeField,
  })
  .meta({ id: 'Product' });

export const catalogApi = defineApi('catalog', 'Catalog', {
  createProduct: {
    method: 'POST',
    path: '/v1/products',
    summary: 'Create a product with its variants',
    description: `Either list the variants, or send \`options\`, \`skuPattern\` (\`TEE-{size}-{color}\`) and one \`template\` (or one entry of \`variants\`): the matrix of all combinations is generated, at most ${variantsPerProductMax}. What is not a letter, a digit or one of . _ / - in an option value becomes - in the SKU. With \`options\` and listed variants, each variant names one of the declared values of every option. A \`category\` that is no id and does not exist is created.`,
    access: ['products:write'],
    idempotencyKey: 'optional',
    body: z.strictObject({
      name: productFields.name,
      description: productFields.description.optional(),
      category: productFields.category.optional(),
      status: productFields.status.default('active'),
      media: productFields.media.optional(),
      metadata: productFields.metadata.optional(),
      options: optionsField.optional(),
      skuPattern: z.string().min(1).max(skuLengthMax).optional(),
      template: variantBody.omit({ sku: true, options: true }).optional().describe('What every generated variant has.'),
      variants: z.array(listedVariantBody).min(1).max(variantsPerProductMax).optional(),
    }),
    statuses: [201],
    answer: productAnswer,
    errors: ['sku_taken', 'idempotency_key_reused', 'unknown_category', 'too_many_categories'],
    example: {
      name: 'Wool cap',
      variants: [{ sku: 'CAP-1', price: { amount: 2900, currency: 'EUR' }, initialStock: 10 }],
    },
  },
  listProducts: list({
    path: '/v1/products',
    summary: 'Products, newest first',
    description: 'Customers see active products with their active variants.',
    access: ['products:read'],
    filters: {
      status: productStatus.optional(),
      category: productFields.category.optional(),
    },
    item: productAnswer,
  }),
  readProduct: {
    method: 'GET',
    path: '/v1/products/:id',
    summary: 'One product with its variants',
    access: ['products:read'],
    params: idParams,
    statuses: [200],
    answer: productAnswer,
  },
  updateProduct: {
    method: 'PATCH',
    path: '/v1/products/:id',
    summary: 'Change a product (merge patch)',
    description:
      'A `status` restores an archived product, with the variants that were archived with it; nothing else of an archived one can be changed.',
    access: ['products:write'],
    params: idParams,
    body: z.strictObject({
      name: productFields.name.optional(),
      description: productFields.description.nullable().optional(),
      category: productFields.category.nullable().optional(),
      status: productFields.status.optional(),
      media: productFields.media.nullable().optional(),
      metadata: metadataField.nullable().optional().describe('Merged key by key; null removes a key.'),
      options: optionsPatch.nullable().optional().describe('Merged option by option; null removes an option.'),
    }),
    statuses: [200],
    answer: productAnswer,
    errors: [
      'stale_version',
      'archived',
      'sku_taken',
      'too_many_metadata_keys',
      'too_many_options',
      'undeclared_option',
      'unknown_category',
      'too_many_categories',
    ],
    example: { name: 'Wool cap, warm' },
  },
  archiveProduct: {
    method: 'DELETE',
    path: '/v1/products/:id',
    summary: 'Archive a product and its variants',
    access: ['products:write'],
    params: idParams,
    statuses: [200],
    answer: productAnswer,
    errors: ['stale_version'],
  },
  addVariant: {
    method: 'POST',
    path: '/v1/products/:id/variants',
    summary: 'Add a variant to a product',
    access: ['products:write'],
    idempotencyKey: 'optional',
    params: idParams,
    body: variantBody,
    statuses: [201],
    answer: variantAnswer,
    errors: [
      'sku_taken',
      'combination_taken',
      'undeclared_option',
      'idempotency_key_reused',
      'archived',
      'too_many_variants',
    ],
    example: { sku: 'CAP-2', price: { amount: 3100, currency: 'EUR' }, initialStock: 5 },
  },
  listProductVariants: list({
    path: '/v1/products/:id/variants',
    summary: 'The variants of a product',
    access: ['products:read'],
    params: idParams,
    item: variantAnswer,
  }),
  listVariants: list({
    path: '/v1/variants',
    summary: 'Variants of all products, newest first',
    description: '`sku` finds them whatever its case: one that is active at most, and archived ones that had it.',
    access: ['products:read'],
    filters: { sku: skuField.optional(), status: variantStatus.optional() },
    item: variantAnswer,
  }),
  readVariant: {
    method: 'GET',
    path: '/v1/variants/:id',
    summary: 'One variant',
    access: ['products:read'],
    params: idParams,
    statuses: [200],
    answer: variantAnswer,
  },
  updateVariant: {
    method: 'PATCH',
    path: '/v1/variants/:id',
    summary: 'Change a variant (merge patch)',
    description:
      'Of an archived variant only the SKU can be changed, unless `status` restores it, which needs a product that is not archived.',
    access: ['products:write'],
    params: idParams,
    body: z.strictObject({
      sku: skuField.optional(),
      price: moneyField.optional(),
      cost: moneyField.nullable().optional(),
      barcode: barcodeField.nullable().optional(),
      weightGrams: weightField.nullable().optional(),
      status: z.literal('active').optional(),
    }),
    statuses: [200],
    answer: variantAnswer,
    errors: ['sku_taken', 'stale_version', 'archived', 'combination_taken', 'undeclared_option'],
    example: { price: { amount: 2700, currency: 'EUR' } },
  },
  archiveVariant: {
    method: 'DELETE',
    path: '/v1/variants/:id',
    summary: 'Archive a variant',
    access: ['products:write'],
    params: idParams,
    statuses: [200],
    answer: variantAnswer,
    errors: ['stale_version'],
  },
});
