// Events of the catalog. A variant's event carries its full public state,
// so that a projection applies it where its version is newer.
import { z } from 'zod';
import { defineEvents } from '../event.ts';
import { moneyAnswer } from '../fields.ts';
import { exportKinds } from './exports-http.ts';
import { importKinds } from './imports-http.ts';

const product = z.looseObject({
  productId: z.string(),
  name: z.string(),
  status: z.enum(['draft', 'active', 'archived']),
  /** The path that its category had when the product was last written; `categoryId` stays right. */
  category: z.string().optional(),
  categoryId: z.string().optional(),
});
const category = z.looseObject({
  categoryId: z.string(),
  name: z.string(),
  /** null at the root. */
  parentId: z.string().nullable(),
});
const variant = z.looseObject({
  variantId: z.string(),
  productId: z.string(),
  productName: z.string(),
  sku: z.string(),
  options: z.record(z.string(), z.string()),
  price: moneyAnswer,
  /** True when the variant and its product are active. */
  forSale: z.boolean(),
});

const variantWithStock = variant.extend({
  initialStock: z.int().min(0),
  reorderLevel: z.int().min(0),
  /** On whose behalf inventory opens the level: a user id. */
  createdBy: z.string().optional(),
});

/** Of a job: at most once a second, and whenever its status changes. Nothing of what is in its file. */
const progress = { createdBy: z.string(), status: z.string(), rowsDone: z.int().min(0) };
const importProgress = z.looseObject({
  importId: z.string(),
  kind: z.enum(importKinds),
  ...progress,
  rowsRead: z.int().min(0),
  rowsFailed: z.int().min(0),
  rowsTotal: z.int().min(0).optional(),
});
const exportProgress = z.looseObject({ exportId: z.string(), kind: z.enum(exportKinds), ...progress });

export const catalogEvents = defineEvents('catalog', {
  productCreated: { name: 'product.created', summary: 'A product was created.', data: product },
  productUpdated: { name: 'product.updated', summary: 'A product was changed.', data: product },
  productArchived: { name: 'product.archived', summary: 'A product was archived.', data: product },
  productSnapshot: {
    name: 'product.snapshot',
    summary: 'Full state of a product, re-emitted for resync.',
    data: product,
  },
  variantCreated: {
    name: 'variant.created',
    summary: 'A variant was created; inventory opens its stock level with the initial stock.',
    data: variantWithStock,
  },
  variantSnapshot: {
    name: 'variant.snapshot',
    summary: 'Full state of a variant, re-emitted for resync; inventory opens its stock level if it has none.',
    data: variantWithStock,
  },
  variantUpdated: {
    name: 'variant.updated',
    summary: 'A variant, or its product, was changed.',
    data: variant.extend({
      /** Only where the change sets it: inventory owns it otherwise. */
      reorderLevel: z.int().min(0).optional(),
    }),
  },
  variantArchived: { name: 'variant.archived', summary: 'A variant was archived.', data: variant },
  categoryCreated: { name: 'category.created', summary: 'A category was created.', data: category },
  categoryUpdated: { name: 'category.updated', summary: 'A category was renamed or moved.', data: category },
  categoryDeleted: { name: 'category.deleted', summary: 'A category was deleted.', data: category },
  categorySnapshot: {
    name: 'category.snapshot',
    summary: 'Full state of a category, re-emitted for resync.',
    data: category.extend({ isDeleted: z.boolean() }),
  },
  importProgressed: {
    name: 'import.progressed',
    summary: 'A CSV import was queued, has got further, or has ended.',
    data: importProgress,
  },
  exportProgressed: {
    name: 'export.progressed',
    summary: 'An export was queued, has got further, or has ended.',
    data: exportProgress,
  },
});
export const {
  productCreated,
  productUpdated,
  productArchived,
  productSnapshot,
  variantCreated,
  variantSnapshot,
  variantUpdated,
  variantArchived,
  categoryCreated,
  categoryUpdated,
  categoryDeleted,
  categorySnapshot,
  importProgressed,
  exportProgressed,
} = catalogEvents;
