// Categories with their paths, and the paths of products' categories.
import type { PageRange } from '@holdfast/shared/persistence';
import { keyText } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { CategoryTree, pathKeyOf } from './category-tree.ts';
import type { CategoryWithPath } from './create-category.ts';

type Reader = Pick<Deps, 'categories' | 'categoryTrees'>;
/** A category in its place of the list. */
export type ListedCategory = CategoryWithPath & { pathKey: string };

/** `isMoved`: its path may have changed since its version. */
export type ReadCategory = CategoryWithPath & { isMoved: boolean };

/** One category; undefined for an unknown or deleted one. */
export async function readCategory(
  { tenantId, id }: { tenantId: string; id: string },
  deps: Reader,
): Promise<ReadCategory | undefined> {
  const category = await deps.categories.read({ tenantId, id });
  if (!category || category.isDeleted) return undefined;
  const { tree } = await deps.categoryTrees.read(tenantId);
  const path = tree.pathOf(id);
  if (path === undefined) return undefined;
  return { category, path, isMoved: tree.mayHaveMovedSince(category.parentId, category.updatedAt) };
}

/** A page of the tree, or of the children of one category, in the order of their paths. */
export async function listCategories(
  { tenantId, parentId, page }: { tenantId: string; parentId?: string | undefined; page: PageRange },
  deps: Reader,
): Promise<ListedCategory[]> {
  const { tree } = await deps.categoryTrees.read(tenantId);
  const nodes = parentId === undefined ? tree.nodes : tree.childrenOf(parentId);
  const keyed = nodes.map(({ id }) => ({ id, pathKey: pathKeyOf(tree, id) }));
  const ordered = keyed.sort((a, b) => compare(a.pathKey, b.pathKey) || compare(a.id, b.id));
  const { after, limit } = page;
  const rest = after
    ? ordered.filter(({ id, pathKey }) => (compare(pathKey, String(after.sort)) || compare(id, after.id)) > 0)
    : ordered;
  const places = rest.slice(0, limit);
  const found = await deps.categories.readMany(places.map(({ id }) => ({ tenantId, id })));
  return places.flatMap(({ id, pathKey }) => {
    const category = found.get(keyText(tenantId, id));
    return category ? [{ category, path: tree.pathOf(id)!, pathKey }] : [];
  });
}

/** The tree of a tenant, or an empty one where it is not needed. */
export async function treeFor(
  tenantId: string,
  isNeeded: boolean,
  deps: Pick<Deps, 'categoryTrees'>,
): Promise<CategoryTree> {
  return isNeeded ? (await deps.categoryTrees.read(tenantId)).tree : new CategoryTree([]);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
