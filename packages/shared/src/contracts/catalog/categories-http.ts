// The HTTP contract of categories: a tree, whose paths products are filed under.
import { z } from 'zod';
import { categoriesMax, categoryDepthMax } from '../bounds.ts';
import { idField, idParams, timeField } from '../fields.ts';
import { defineApi, list, noContent } from '../operation.ts';
import { categoryNameField } from './category-path.ts';

export const categoryAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    parentId: z.string().nullable(),
    path: z.string().describe('The names from the root: `Apparel > Shirts`.'),
    version: z.int(),
    createdAt: timeField,
    updatedAt: timeField,
  })
  .meta({ id: 'Category' });

export const categoriesApi = defineApi('catalog', 'Catalog', {
  createCategory: {
    method: 'POST',
    path: '/v1/categories',
    summary: 'Create a category',
    description: `Beside its siblings a name is unique, whatever its case. At most ${categoryDepthMax} levels and ${categoriesMax} categories.`,
    access: ['products:write'],
    idempotencyKey: 'optional',
    body: z.strictObject({ name: categoryNameField, parentId: idField.nullable().optional() }),
    statuses: [201],
    answer: categoryAnswer,
    errors: [
      'category_taken',
      'unknown_category',
      'category_too_deep',
      'too_many_categories',
      'idempotency_key_reused',
    ],
    example: { name: 'Shirts' },
  },
  listCategories: list({
    path: '/v1/categories',
    isCached: true,
    summary: 'Categories, in the order of their paths',
    description: 'The whole tree, or with `parentId` the children of one category.',
    access: ['products:read'],
    filters: { parentId: idField.optional() },
    item: categoryAnswer,
  }),
  readCategory: {
    method: 'GET',
    path: '/v1/categories/:id',
    isCached: true,
    summary: 'One category',
    access: ['products:read'],
    params: idParams,
    statuses: [200],
    answer: categoryAnswer,
  },
  updateCategory: {
    method: 'PATCH',
    path: '/v1/categories/:id',
    summary: 'Rename or move a category (merge patch)',
    description:
      'Its products, and those of the categories below it, move with it. `parentId: null` moves it to the root.',
    access: ['products:write'],
    params: idParams,
    body: z.strictObject({ name: categoryNameField.optional(), parentId: idField.nullable().optional() }),
    statuses: [200],
    answer: categoryAnswer,
    errors: ['stale_version', 'category_taken', 'category_cycle', 'unknown_category', 'category_too_deep'],
    example: { name: 'Shirts and tops' },
  },
  deleteCategory: {
    method: 'DELETE',
    path: '/v1/categories/:id',
    summary: 'Delete a category that has neither products nor categories in it',
    access: ['products:write'],
    params: idParams,
    statuses: [204],
    answer: noContent,
    errors: ['stale_version', 'category_in_use'],
  },
});
