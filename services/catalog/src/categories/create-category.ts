// Create a category. Invariant: with an Idempotency-Key its id derives from caller and key.
import { createOnce, inTransaction } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import {
  assertSameRequest,
  type Caller,
  type Created,
  derivedId,
  newId,
  type RequestKey,
  stampNow,
} from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { type Category, newCategory } from './category.ts';

export type CreateCategory = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  requestKey?: RequestKey | undefined;
  name: string;
  /** null at the root. */
  parentId: string | null;
};
export type CategoryWithPath = { category: Category; path: string };

/**
 * Throws `unknown_category`, `category_taken`, `category_too_deep`, `too_many_categories`, `idempotency_key_reused`.
 */
export function createCategory(command: CreateCategory, deps: Deps): Promise<Created<CategoryWithPath>> {
  const { caller, requestKey, name, parentId } = command;
  const { tenantId, userId } = caller;
  const id = requestKey ? derivedId('cat', tenantId, userId, 'catalog.createCategory', requestKey.key) : newId('cat');
  return createOnce(requestKey, {
    async findFirst(key) {
      const stored = await deps.categories.read({ tenantId, id });
      if (!stored) return undefined;
      assertSameRequest(stored.creation, key);
      const first = { ...stored, name, parentId, version: 1, updatedAt: stored.createdAt };
      return { category: first, path: stored.creation!.path };
    },
    create: () =>
      inTransaction(deps.database, async (session) => {
        const read = await deps.categoryTrees.read(tenantId, session);
        const tree = read.tree.with({ id, name, parentId });
        const path = tree.pathOf(id)!;
        const creation = requestKey ? { requestHash: requestKey.requestHash, path } : null;
        const facts = { tenantId, createdBy: userId, creation };
        const created = newCategory({ id, name, parentId }, facts, stampNow(deps.clock, correlation()));
        // The category first: a key that comes again while its first request is stored meets the id that is taken.
        await deps.categories.insert([created], session);
        await deps.categoryTrees.save(tenantId, read, tree, session);
        return { category: created.after, path };
      }),
  });
}
