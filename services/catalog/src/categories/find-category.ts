// The category that a client's text means. Pure.
import { isCategoryId, namesOfCategoryPath } from '@holdfast/shared/contracts';
import type { CategoryTree } from './category-tree.ts';

/** The id that a text names ; undefined where there is none. */
export function findCategory(text: string, tree: CategoryTree): string | undefined {
  return isCategoryId(text) ? tree.get(text)?.id : tree.idOfNames(namesOfCategoryPath(text));
}
