// Categories in MongoDB, and the tree of each tenant: what a page of products needs of them in one read, and what every
// change of categories writes, so that of two that do not go together one decides again.
import {
  Conflict,
  type Database,
  defineCollection,
  field,
  isDuplicateKey,
  openCollection,
  type Session,
} from '@holdfast/shared/persistence';
import { derivedId } from '@holdfast/shared/values';
import { type Category, categorySnapshotEvent } from './category.ts';
import { CategoryTree, type TreeNode } from './category-tree.ts';

export const categories = defineCollection<Category>({
  name: 'categories',
  holds: 'A category of products; a deleted one stays as a tombstone.',
  isEvented: true,
  fields: {
    name: field.text,
    parentId: field.nullable(field.text),
    isDeleted: field.flag,
    createdBy: field.text,
    version: field.number,
    createdAt: field.date,
    updatedAt: field.date,
    creation: field.nullable(field.object()),
  },
  toSnapshot: (category, { stamp }) => ({ event: categorySnapshotEvent(category, stamp) }),
});

type StoredTree = { id: string; tenantId: string; nodes: readonly TreeNode[]; version: number };
export const categoryTrees = defineCollection<StoredTree>({
  name: 'category_trees',
  holds: 'The names and parents of all categories of a tenant that are not deleted.',
  fields: { nodes: field.list(), version: field.number },
});

export type ReadTree = { tree: CategoryTree; stored: StoredTree | undefined };
const treeId = (tenantId: string) => derivedId('ctr', tenantId);

export const openCategories = (database: Database) => openCollection(database, categories);

export function openCategoryTrees(database: Database) {
  const collection = openCollection(database, categoryTrees);
  return {
    async read(tenantId: string, session?: Session): Promise<ReadTree> {
      const stored = await collection.read({ tenantId, id: treeId(tenantId) }, session ? { session } : {});
      return { tree: new CategoryTree(stored?.nodes ?? []), stored };
    },

    /** Throws Conflict when the tree is not the one that was read. */
    async save(tenantId: string, before: ReadTree, { nodes }: CategoryTree, session: Session): Promise<void> {
      const { stored } = before;
      const after = { id: treeId(tenantId), tenantId, nodes, version: (stored?.version ?? 0) + 1 };
      try {
        await collection.saveAll([{ before: stored, after }], session);
      } catch (error) {
        throw isDuplicateKey(error) ? new Conflict('the tenant got its first category meanwhile') : error;
      }
    },
  };
}
