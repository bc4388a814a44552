// Rename, move or delete a category. Invariant: category and tree change in one transaction. Products name their
// category by id, so that none of them is written. A product that is filed under a category in the very moment in which
// it is deleted meets the deletion, and one of the two is refused.
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction, type Session } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Caller, stampNow } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { categoryUsersShownMax } from '../limits.ts';
import { type Category, changeCategory, deleteCategory as decideDelete } from './category.ts';
import type { CategoryTree } from './category-tree.ts';
import type { CategoryWithPath } from './create-category.ts';

export type ChangeCategory = {
  caller: Pick<Caller, 'tenantId'>;
  id: string;
  /** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
  expectVersion: (stored: number) => void;
};
export type UpdateCategory = ChangeCategory & {
  patch: { name?: string | undefined; parentId?: string | null | undefined };
};

/**
 * Merges a patch. Throws `not_found`, `stale_version`, `category_taken`, `category_cycle`, `unknown_category`,
 * `category_too_deep`.
 */
export function updateCategory(command: UpdateCategory, deps: Deps): Promise<CategoryWithPath> {
  const { caller, id, patch } = command;
  const { tenantId } = caller;
  return inTransaction(deps.database, async (session) => {
    const category = await readCategory(command, session, deps);
    const read = await deps.categoryTrees.read(tenantId, session);
    const { name = category.name, parentId = category.parentId } = patch;
    const stamp = stampNow(deps.clock, correlation());
    const node = { id, name, parentId, changedAt: stamp.now };
    const tree = read.tree.with(node);
    const changed = changeCategory(category, node, stamp);
    if (!changed) return { category, path: read.tree.pathOf(id)! };
    await deps.categories.saveAll([changed], session);
    await deps.categoryTrees.save(tenantId, read, tree, session);
    return { category: changed.after, path: tree.pathOf(id)! };
  });
}

/** Throws `not_found`, `stale_version`, `category_in_use`. */
export function deleteCategory(command: ChangeCategory, deps: Deps): Promise<void> {
  const { caller, id } = command;
  const { tenantId } = caller;
  return inTransaction(deps.database, async (session) => {
    const category = await readCategory(command, session, deps);
    const read = await deps.categoryTrees.read(tenantId, session);
    await refuseUsed({ tenantId, id, tree: read.tree }, session, deps);
    await deps.categories.saveAll([decideDelete(category, stampNow(deps.clock, correlation()))], session);
    await deps.categoryTrees.save(tenantId, read, read.tree.without(id), session);
    await deps.categoryFilings.close(tenantId, id, session);
  });
}

async function readCategory(
  { caller, id, expectVersion }: ChangeCategory,
  session: Session,
  deps: Deps,
): Promise<Category> {
  const category = await deps.categories.read({ tenantId: caller.tenantId, id }, { session });
  if (!category || category.isDeleted) throw new DomainError('not_found');
  expectVersion(category.version);
  return category;
}

async function refuseUsed(
  { tenantId, id, tree }: { tenantId: string; id: string; tree: CategoryTree },
  session: Session,
  deps: Deps,
): Promise<void> {
  const categoryIds = tree.childrenOf(id).map((child) => child.id);
  const productIds = await deps.products.idsInCategory(tenantId, id, categoryUsersShownMax, session);
  if (categoryIds.length === 0 && productIds.length === 0) return;
  throw new DomainError('category_in_use', {
    extra: { categoryIds: categoryIds.slice(0, categoryUsersShownMax), productIds },
  });
}
