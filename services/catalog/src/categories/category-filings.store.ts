// Who files a product under a category and who deletes that category write the same document, so that of the two at
// once one decides again. A category has several of them, so that products which are filed at once rarely meet.
import {
  Conflict,
  type Database,
  defineCollection,
  field,
  isDuplicateKey,
  openCollection,
  type Session,
} from '@holdfast/shared/persistence';
import { derivedId, newId } from '@holdfast/shared/values';
import { filingSlots } from '../limits.ts';

/** `mark`: another one for each write, so that each is a change. */
type Filing = { id: string; tenantId: string; categoryId: string; mark: string };
export const categoryFilings = defineCollection<Filing>({
  name: 'category_filings',
  holds: `What filing a product under a category and deleting it both write; at most ${filingSlots} of a category.`,
  fields: { categoryId: field.text, mark: field.text },
});

/** A product on its way into a category. */
export type FiledProduct = { id: string; tenantId: string; categoryId: string };

/** The same for one product each time; spread over products. */
const slotOf = (productId: string) => productId.charCodeAt(productId.length - 1) % filingSlots;

export function openCategoryFilings(database: Database) {
  const { native } = openCollection(database, categoryFilings);

  async function touch(tenantId: string, touched: ReadonlyMap<string, string>, session: Session): Promise<void> {
    const mark = newId('cfm');
    const operations = [...touched].map(([_id, categoryId]) => ({
      updateOne: { filter: { tenantId, _id }, update: { $set: { categoryId, mark } }, upsert: true },
    }));
    if (operations.length === 0) return;
    try {
      await native.bulkWrite(operations, { session });
    } catch (error) {
      throw isDuplicateKey(error) ? new Conflict('the category got its first product meanwhile') : error;
    }
  }
  const idOf = (tenantId: string, categoryId: string, slot: number) =>
    derivedId('cfl', tenantId, categoryId, String(slot));

  return {
    /** Products are filed: a deletion that is not committed yet meets this write. */
    file(tenantId: string, filed: readonly FiledProduct[], session: Session): Promise<void> {
      const touched = filed.map(({ id, categoryId }) => [idOf(tenantId, categoryId, slotOf(id)), categoryId] as const);
      return touch(tenantId, new Map(touched), session);
    },

    /** The category is deleted: every product that is being filed there meets this write. */
    close(tenantId: string, categoryId: string, session: Session): Promise<void> {
      const slots = Array.from({ length: filingSlots }, (_, slot) => idOf(tenantId, categoryId, slot));
      return touch(tenantId, new Map(slots.map((id) => [id, categoryId])), session);
    },
  };
}
