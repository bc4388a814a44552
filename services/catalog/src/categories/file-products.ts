// Files products under their categories, inside the transaction that writes them. Invariant: no product is committed
// with a category that was deleted meanwhile, and no category is deleted while a product is filed there.
import { DomainError } from '@holdfast/shared/errors';
import type { Change, Session } from '@holdfast/shared/persistence';
import type { Deps } from '../deps.ts';
import type { Product } from '../products/product.ts';

/**
 * Last in its transaction: what it writes is contended for. What is not filed anew is left out. Throws
 * `unknown_category` for one that is deleted.
 */
export async function fileProducts(
  tenantId: string,
  changes: readonly Change<Product>[],
  session: Session,
  { categories, categoryFilings }: Pick<Deps, 'categories' | 'categoryFilings'>,
): Promise<void> {
  const filed = changes.flatMap(({ before, after: { id, categoryId } }) =>
    categoryId === null || categoryId === before?.categoryId ? [] : [{ id, tenantId, categoryId }],
  );
  if (filed.length === 0) return;
  await categoryFilings.file(tenantId, filed, session);
  const ids = new Set(filed.map(({ categoryId }) => categoryId));
  // One that was created after the transaction began is not seen here, and not deleted by anybody it does not meet.
  const found = await categories.readMany(
    [...ids].map((id) => ({ tenantId, id })),
    session,
  );
  if ([...found.values()].some(({ isDeleted }) => isDeleted)) throw new DomainError('unknown_category');
}
