// Events of the catalog. A variant's event carries its full public state, so that a projection applies it where its version is newer.
import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { moneyAnswer } from '../fields.ts';

const product = z.looseObject({
  productId: z.string(),
  name: z.string(),
  status: z.enum(['draft', 'active', 'archived']),
  category: z.string().optional(),
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

export const productCreated = defineEvent('catalog', 'product.created', 1, 'A product was created.', product);
export const productUpdated = defineEvent('catalog', 'product.updated', 1, 'A product was changed.', product);
export const productArchived = defineEvent('catalog', 'product.archived', 1, 'A product was archived.', product);
export const productSnapshot = defineEvent(
  'catalog',
  'product.snapshot',
  1,
  'A product as it is, told again.',
  product,
);

const variantWithStock = variant.extend({ initialStock: z.int().min(0), reorderLevel: z.int().min(0) });
export const variantCreated = defineEvent(
  'catalog',
  'variant.created',
  1,
  'A variant was created; inventory opens its stock level with the initial stock.',
  variantWithStock,
);
export const variantSnapshot = defineEvent(
  'catalog',
  'variant.snapshot',
  1,
  'A variant as it is, told again; inventory opens its stock level if it has none.',
  variantWithStock,
);
export const variantUpdated = defineEvent(
  'catalog',
  'variant.updated',
  1,
  'A variant, or its product, was changed.',
  variant,
);
export const variantArchived = defineEvent('catalog', 'variant.archived', 1, 'A variant was archived.', variant);
