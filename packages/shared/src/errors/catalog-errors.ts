// Errors of products, variants and categories; part of the catalogue.
import { categoriesMax, categoryDepthMax } from '../contracts/bounds.ts';
import type { ErrorEntry } from './identity-errors.ts';

export const catalogErrors = {
  category_taken: {
    status: 409,
    title: 'A category beside it has this name',
    retryable: false,
    explanation: 'Among siblings a name is unique, whatever its case; `categoryId` names the one that has it.',
  },
  category_cycle: {
    status: 409,
    title: 'A category cannot be moved into itself',
    retryable: false,
    explanation: '`parentId` is the category itself, or one below it.',
  },
  category_in_use: {
    status: 409,
    title: 'The category is in use',
    retryable: false,
    explanation:
      '`categoryIds` and `productIds` name what is in it, at most ten of each; archived products count. Move them first.',
  },
  unknown_category: {
    status: 422,
    title: 'The category is unknown',
    retryable: false,
    explanation: 'The id names no category of your tenant.',
  },
  category_too_deep: {
    status: 422,
    title: 'The categories would have too many levels',
    retryable: false,
    explanation: `Categories have at most ${categoryDepthMax} levels; those below a moved one count.`,
  },
  too_many_categories: {
    status: 422,
    title: 'There would be too many categories',
    retryable: false,
    explanation: `A tenant has at most ${categoriesMax} categories.`,
  },
} as const satisfies Record<string, ErrorEntry>;
