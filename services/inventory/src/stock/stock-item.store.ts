// Stock items in MongoDB; the variant's id is the document's.
import { type Database, tenantSchema } from '@holdfast/shared/persistence';
import mongoose, { type mongo } from 'mongoose';
import type { StockItem, StockItemChange } from './stock-item.ts';

type StockItemDocument = Omit<StockItem, 'variantId'> & { _id: string };

export const stockItemSchema = tenantSchema<StockItemDocument>(
  {
    sku: { type: String, required: true },
    reorderLevel: { type: Number, required: true },
    forSale: { type: Boolean },
    catalogVersion: { type: Number, required: true },
  },
  { collection: 'stock_items' },
);
// Named in the queries: over few documents the server would rather read them all and sort.
const inOrder = { tenantId: 1, _id: 1 } as const;
stockItemSchema.index(inOrder);

const toItem = ({ _id, ...fields }: StockItemDocument): StockItem => ({ variantId: _id, ...fields });

export type StockItemStore = ReturnType<typeof createStockItemStore>;

/** Reads and writes of stock items. Each call runs in the scope of its caller. */
export function createStockItemStore(database: Database) {
  const items = database.db.collection<StockItemDocument>('stock_items');
  const model = database.connection.model<StockItemDocument>('StockItem', stockItemSchema);
  return {
    model,

    /** Applies changes in their order; one that is not newer than what is stored changes nothing. */
    async apply(changes: readonly StockItemChange[], session: mongo.ClientSession): Promise<void> {
      if (changes.length === 0) return;
      await items.bulkWrite(changes.flatMap(toOperations), { session, ordered: true });
    },

    async read(variantId: string): Promise<StockItem | undefined> {
      const document = await model.findOne({ _id: variantId }).lean<StockItemDocument>().exec();
      return document ? toItem(document) : undefined;
    },

    async readMany(variantIds: readonly string[]): Promise<StockItem[]> {
      if (variantIds.length === 0) return [];
      const documents = await model
        .find({ _id: mongoose.trusted({ $in: [...variantIds] }) })
        .lean<StockItemDocument[]>()
        .exec();
      return documents.map(toItem);
    },

    /** A page by variant id, after `after`. */
    async list(after: string | undefined, limit: number): Promise<StockItem[]> {
      const documents = await model
        .find(after === undefined ? {} : { _id: mongoose.trusted({ $gt: after }) })
        .sort({ _id: 1 })
        .hint(inOrder)
        .limit(limit)
        .lean<StockItemDocument[]>()
        .exec();
      return documents.map(toItem);
    },
  };
}

function toOperations(change: StockItemChange): mongo.AnyBulkWriteOperation<StockItemDocument>[] {
  const { variantId, tenantId, ...fields } = change.item;
  const _id = variantId;
  const create = {
    updateOne: { filter: { tenantId, _id }, update: { $setOnInsert: fields }, upsert: true },
  };
  const renew = {
    updateOne: { filter: { tenantId, _id, catalogVersion: { $lt: fields.catalogVersion } }, update: { $set: fields } },
  };
  switch (change.kind) {
    case 'created':
      return [create];
    case 'snapshot':
      return [create, renew];
    case 'updated':
      return [renew];
    default:
      return change satisfies never;
  }
}
