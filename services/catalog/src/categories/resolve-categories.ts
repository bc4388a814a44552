// From what clients call a category to the category; a path that does not exist is created.
// Invariant: of any number of products that are filed under a new path at once, one creates it: the tree is written
// where it is the one that was read.
import { categoryPathOf, isCategoryId, namesOfCategoryPath } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Caller, newId, stampNow } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { newCategory } from './category.ts';
import type { CategoryRef, CategoryTree, TreeNode } from './category-tree.ts';
import { findCategory } from './find-category.ts';

type CategoryDeps = Pick<Deps, 'database' | 'clock' | 'categories' | 'categoryTrees'>;
type Resolved = ReadonlyMap<string, CategoryRef | DomainError>;

/**
 * What each text names: an id, or a path from the root. For a text that cannot be resolved the error:
 * `unknown_category`, `too_many_categories`.
 */
export async function resolveCategories(
  { tenantId, userId }: Pick<Caller, 'tenantId' | 'userId'>,
  given: readonly string[],
  deps: CategoryDeps,
): Promise<Resolved> {
  const texts = [...new Set(given)];
  if (texts.length === 0) return new Map();
  const { tree } = await deps.categoryTrees.read(tenantId);
  const known = plan(texts, tree);
  if (known.created.length === 0) return known.resolved;
  return inTransaction(deps.database, async (session) => {
    const read = await deps.categoryTrees.read(tenantId, session);
    const { resolved, created, tree: grown } = plan(texts, read.tree);
    if (created.length === 0) return resolved;
    const stamp = stampNow(deps.clock, correlation());
    const facts = { tenantId, createdBy: userId, creation: null };
    await deps.categoryTrees.save(tenantId, read, grown, session);
    await deps.categories.insert(
      created.map((node) => newCategory(node, facts, stamp)),
      session,
    );
    return resolved;
  });
}

/** As `resolveCategories`, for one; null for none. Throws its error. */
export async function resolveCategory(
  caller: Pick<Caller, 'tenantId' | 'userId'>,
  text: string | null | undefined,
  deps: CategoryDeps,
): Promise<CategoryRef | null> {
  if (text === undefined || text === null) return null;
  const resolved = (await resolveCategories(caller, [text], deps)).get(text)!;
  if (resolved instanceof DomainError) throw resolved;
  return resolved;
}

function plan(texts: readonly string[], before: CategoryTree) {
  const created: TreeNode[] = [];
  const resolved = new Map<string, CategoryRef | DomainError>();
  let tree = before;
  for (const text of texts) {
    const known = findCategory(text, tree);
    if (known !== undefined) resolved.set(text, { id: known, path: tree.pathOf(known)! });
    else if (isCategoryId(text)) resolved.set(text, new DomainError('unknown_category'));
    else {
      const grown = grow(namesOfCategoryPath(text), tree);
      if (grown instanceof DomainError) resolved.set(text, grown);
      else {
        tree = grown.tree;
        created.push(...grown.created);
        resolved.set(text, grown.ref);
      }
    }
  }
  return { resolved, created, tree };
}

/** The tree with what of the path is missing. */
function grow(names: readonly string[], before: CategoryTree) {
  const created: TreeNode[] = [];
  let tree = before;
  let parentId: string | null = null;
  try {
    for (const name of names) {
      const known: TreeNode | undefined = tree.childNamed(parentId, name);
      const node: TreeNode = known ?? { id: newId('cat'), name, parentId };
      if (!known) {
        tree = tree.with(node);
        created.push(node);
      }
      parentId = node.id;
    }
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  return { tree, created, ref: { id: parentId!, path: categoryPathOf(tree.namesOf(parentId)) } };
}
