// Products in MongoDB.
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import { type Product, productSnapshotEvent, productStatuses } from './product.ts';

export const products = defineCollection<Product>({
  name: 'products',
  holds: 'A product; its variants are documents of their own.',
  isEvented: true,
  fields: {
    name: field.text,
    description: field.nullable(field.text),
    category: field.nullable(field.text),
    status: field.oneOf(productStatuses),
    media: field.list(),
    metadata: field.nullable(field.record()),
    options: field.nullable(field.record()),
    variantCount: field.number,
    createdBy: field.text,
    version: field.number,
    createdAt: field.date,
    updatedAt: field.date,
    creation: field.nullable(field.object()),
  },
  lists: [
    { by: ['status', 'category'], order: 'newest' },
    { by: ['status'], order: 'newest' },
    { by: ['category'], order: 'newest' },
    { order: 'newest' },
  ],
  toSnapshot: (product, { stamp }) => ({ event: productSnapshotEvent(product, stamp) }),
});

export type ProductStore = ReturnType<typeof openProducts>;

export const openProducts = (database: Database) => openCollection(database, products);
