// Adjustments in MongoDB. The collection is evented; an adjustment is inserted once, with its event.

import { storeEvents } from '@holdfast/shared/messaging';
import { type Database, tenantSchema } from '@holdfast/shared/persistence';
import { sortKeyOf, sortKeyRange } from '@holdfast/shared/values';
import mongoose, { type mongo } from 'mongoose';
import { idsByTenant } from '../ids-by-tenant.ts';
import { byId, type Evented, withoutEvents } from '../stored-events.ts';
import { adjustmentKey, type NewAdjustment } from './adjust-stock.ts';
import type { Adjustment } from './adjustment.ts';

type AdjustmentDocument = Omit<Adjustment, 'id'> & { _id: string; sortKey: string } & Evented;

const { Mixed } = mongoose.Schema.Types;

export const adjustmentSchema = tenantSchema<AdjustmentDocument>(
  {
    variantId: { type: String, required: true },
    locationId: { type: String, required: true },
    change: { type: Mixed, required: true },
    delta: { type: Number, required: true },
    onHandAfter: { type: Number, required: true },
    movementId: { type: String, required: true },
    reason: { type: String, required: true },
    note: { type: String },
    createdBy: { type: String, required: true },
    createdAt: { type: Date, required: true },
    sortKey: { type: String, required: true },
    version: { type: Number, required: true },
    requestHash: { type: String, required: true },
    events: { type: [Mixed], required: true },
  },
  { collection: 'adjustments' },
);
// Named in the queries: over few documents the server would rather read them all and sort.
const newestFirst = { tenantId: 1, sortKey: -1 } as const;
const newestFirstOfVariant = { tenantId: 1, variantId: 1, sortKey: -1 } as const;
adjustmentSchema.index(newestFirst);
adjustmentSchema.index(newestFirstOfVariant);

function toAdjustment({ _id, events: _events, sortKey: _sortKey, ...fields }: AdjustmentDocument): Adjustment {
  return { id: _id, ...fields };
}

export type AdjustmentStore = ReturnType<typeof createAdjustmentStore>;

/** Reads and writes of adjustments. Each call runs in the scope of its caller: a tenant's, or a batch's. */
export function createAdjustmentStore(database: Database) {
  const adjustments = database.db.collection<AdjustmentDocument>('adjustments');
  const model = database.connection.model<AdjustmentDocument>('Adjustment', adjustmentSchema);
  return {
    model,

    /** Those of these adjustments that exist already, by adjustmentKey. */
    async readForDecision(
      keys: readonly { tenantId: string; id: string }[],
      session: mongo.ClientSession,
    ): Promise<Map<string, Adjustment>> {
      const options = { session, hint: byId, projection: withoutEvents };
      const documents = await adjustments.find(idsByTenant(keys), options).toArray();
      return new Map(
        documents.map((document) => [adjustmentKey(document.tenantId, document._id), toAdjustment(document)]),
      );
    },

    async insert(created: readonly NewAdjustment[], session: mongo.ClientSession): Promise<void> {
      if (created.length === 0) return;
      const documents = created.map(({ adjustment: { id, ...fields }, event }) => ({
        _id: id,
        ...fields,
        sortKey: sortKeyOf(fields.createdAt, id),
        events: storeEvents([event]),
      }));
      await adjustments.insertMany(documents, { session, ordered: false });
    },

    async read(id: string): Promise<Adjustment | undefined> {
      const document = await model.findOne({ _id: id }).select('-events').lean<AdjustmentDocument>().exec();
      return document ? toAdjustment(document) : undefined;
    },

    /** A page, newest first, after this sort key. */
    async list(variantId: string | undefined, after: string | undefined, limit: number): Promise<Adjustment[]> {
      const range = sortKeyRange({ after });
      const documents = await model
        .find({
          ...(variantId === undefined ? {} : { variantId }),
          ...(range ? { sortKey: mongoose.trusted(range) } : {}),
        })
        .select('-events')
        .sort({ sortKey: -1 })
        .hint(variantId === undefined ? newestFirst : newestFirstOfVariant)
        .limit(limit)
        .lean<AdjustmentDocument[]>()
        .exec();
      return documents.map(toAdjustment);
    },
  };
}
