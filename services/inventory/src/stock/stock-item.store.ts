// Stock items in MongoDB; the variant's id is the document's.
import {
  Conflict,
  type Database,
  defineCollection,
  field,
  isDuplicateKey,
  openCollection,
  type Session,
  type Stored,
} from '@holdfast/shared/persistence';
import { keyText } from '@holdfast/shared/values';
import mongoose, { type mongo } from 'mongoose';
import type { StockItem, StockItemChange } from './stock-item.ts';

/** The variant's id is the item's. */
type Entity = Omit<StockItem, 'variantId'> & { id: string };

export const stockItems = defineCollection<Entity>({
  name: 'stock_items',
  holds: "What inventory knows of a variant from the catalog's events, with its reorder level.",
  fields: {
    sku: field.text,
    reorderLevel: field.number,
    reorderQuantity: field.optional(field.number),
    preferredSupplierId: field.optional(field.text),
    forSale: field.optional(field.flag),
    catalogVersion: field.number,
    catalogReorders: field.optional(field.number),
  },
  lists: [{ order: 'id' }],
});

const toItem = ({ id: variantId, ...fields }: Entity): StockItem => ({ variantId, ...fields });

export type StockItemStore = ReturnType<typeof openStockItems>;

/** Reads and writes of stock items. Each call runs in the scope of its caller. */
export function openStockItems(database: Database) {
  const collection = openCollection(database, stockItems);
  const byId = stockItems.indexes[0]!.key;

  /** Items that are not there, by the first change with all of their fields. Throws Conflict when another is faster. */
  async function insertMissing(changes: readonly StockItemChange[], session: Session): Promise<void> {
    const first = new Map<string, Entity>();
    for (const change of changes) {
      if (change.kind === 'updated') continue;
      const { variantId: id, ...fields } = change.item;
      const key = keyText(fields.tenantId, id);
      if (!first.has(key)) first.set(key, { id, ...fields });
    }
    if (first.size === 0) return;
    const known = await collection.readMany(first.values(), session);
    const missing = [...first].flatMap(([key, after]) => (known.has(key) ? [] : [{ after }]));
    try {
      await collection.insert(missing, session);
    } catch (error) {
      throw isDuplicateKey(error) ? new Conflict('another writer made the same stock item') : error;
    }
  }

  return {
    /** Applies changes in their order; one that is not newer than what is stored changes nothing. */
    async apply(changes: readonly StockItemChange[], session: Session): Promise<void> {
      if (changes.length === 0) return;
      await insertMissing(changes, session);
      const operations = changes.flatMap(toOperations);
      if (operations.length > 0) await collection.native.bulkWrite(operations, { session, ordered: true });
    },

    /** Sets what staff choose here; in a transaction that also writes a level of the variant. */
    async setReorder(
      {
        tenantId,
        variantId: _id,
        ...set
      }: Pick<StockItem, 'tenantId' | 'variantId' | 'reorderLevel'> & {
        reorderQuantity: number;
      },
      session: Session,
    ): Promise<void> {
      await collection.native.updateOne({ tenantId, _id }, { $set: set }, { session, hint: { _id: 1 } });
    },

    /** Names the preferred supplier, or none; in a transaction that also writes what it sells. */
    async setPreferredSupplier(
      { tenantId, variantId: _id, supplierId }: { tenantId: string; variantId: string; supplierId: string | undefined },
      session: Session,
    ): Promise<void> {
      const named = { $set: { preferredSupplierId: supplierId } };
      const update = supplierId === undefined ? { $unset: { preferredSupplierId: '' as const } } : named;
      await collection.native.updateOne({ tenantId, _id }, update, { session, hint: { _id: 1 } });
    },

    async read(variantId: string, session?: Session): Promise<StockItem | undefined> {
      const item = await collection.read({ id: variantId }, { session });
      return item && toItem(item);
    },

    /** In the order of their variants' ids. */
    async readMany(variantIds: readonly string[]): Promise<StockItem[]> {
      const where = { _id: mongoose.trusted({ $in: [...variantIds] }) };
      return (await collection.find(where, { sort: { _id: 1 }, index: byId })).map(toItem);
    },

    /** A page by variant id, after `after`. */
    async list(after: string | undefined, limit: number): Promise<StockItem[]> {
      const place = after === undefined ? undefined : { sort: null, id: after };
      return (await collection.list({}, { after: place, limit })).map(toItem);
    },
  };
}

/** What is there follows; one that was just inserted has the version, so that nothing matches. */
function toOperations(change: StockItemChange): mongo.AnyBulkWriteOperation<Stored>[] {
  if (change.kind === 'created') return [];
  const { variantId: _id, tenantId, ...fields } = change.item;
  const stored = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, stockItems.storedField(name, value)]),
  );
  const renew = {
    updateOne: {
      filter: { tenantId, _id, catalogVersion: { $lt: fields.catalogVersion } },
      // Counted, because no level is written that would raise the version of the stock.
      update: { $set: stored, ...('reorderLevel' in stored ? { $inc: { catalogReorders: 1 } } : {}) },
    },
  };
  return [renew] as unknown as mongo.AnyBulkWriteOperation<Stored>[];
}
