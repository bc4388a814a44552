// What suppliers sell, in MongoDB.
import { type Database, defineCollection, field, openCollection, type Session } from '@holdfast/shared/persistence';
import type { SupplierItem } from './supplier-item.ts';

export const supplierItems = defineCollection<SupplierItem>({
  name: 'supplier_items',
  holds: 'What a supplier sells a variant for.',
  fields: {
    supplierId: field.text,
    variantId: field.text,
    supplierSku: field.optional(field.text),
    unitCost: field.object(),
    packSize: field.number,
    minimumQuantity: field.number,
    version: field.number,
    updatedAt: field.date,
  },
  lists: [{ by: ['supplierId'], order: 'id' }],
});

export type SupplierItemStore = ReturnType<typeof openSupplierItems>;

const ofSupplier = supplierItems.indexes[0]!.key;

export function openSupplierItems(database: Database) {
  const collection = openCollection(database, supplierItems);
  return {
    ...collection,

    /** How many a supplier has, at most `limit`; in the transaction of the session. */
    count({ tenantId, supplierId }: { tenantId: string; supplierId: string }, limit: number, session: Session) {
      return collection.native.countDocuments({ tenantId, supplierId }, { hint: ofSupplier, limit, session });
    },

    /** True when it was there as it was decided on. */
    async remove({ id: _id, tenantId, version }: SupplierItem, session: Session): Promise<boolean> {
      return (await collection.native.deleteOne({ tenantId, _id, version }, { session })).deletedCount === 1;
    },
  };
}
