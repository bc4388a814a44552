// Adjustments in MongoDB. The collection is evented. Adjustments are facts that nobody keeps a copy of: a resync does
// not re-emit them.
import { adjustmentReasons, adjustmentStatuses } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field, openCollection, type Stored } from '@holdfast/shared/persistence';
import type { Adjustment } from './adjustment.ts';

const isDue = { dueAt: { $type: 'date' } } as const;
// Documents of before there was a status have none; they are found with all others.
const every = { status: [...adjustmentStatuses, null as never] };

export const adjustments = defineCollection<Adjustment>({
  name: 'adjustments',
  holds: 'A change of what is on hand that somebody made by hand.',
  isEvented: true,
  fields: {
    variantId: field.text,
    locationId: field.text,
    status: field.oneOf(adjustmentStatuses),
    change: field.object(),
    delta: field.number,
    moved: field.number,
    onHandAfter: field.optional(field.number),
    movementId: field.optional(field.text),
    reason: field.oneOf(adjustmentReasons),
    note: field.optional(field.text),
    waiting: field.optional(field.object()),
    dueAt: field.optional(field.date),
    createdBy: field.text,
    createdAt: field.date,
    updatedAt: field.date,
    version: field.number,
    creation: field.object(),
  },
  lists: [
    { by: ['variantId', 'locationId'], every, order: 'newest' },
    { by: ['variantId'], every, order: 'newest' },
    { by: ['locationId'], every, order: 'newest' },
    { every, order: 'newest' },
  ],
  // Over all tenants, and only what waits is in it.
  indexes: [
    {
      key: { dueAt: 1, tenantId: 1 },
      partialFilterExpression: isDue,
      serves: 'forced changes that have waited too long, of all tenants',
    },
  ],
  defaults: ({ delta, createdAt }: Stored) => {
    return { status: 'APPLIED', moved: delta as number, updatedAt: createdAt as Date };
  },
});

export type AdjustmentStore = ReturnType<typeof openAdjustments>;

export function openAdjustments(database: Database) {
  const collection = openCollection(database, adjustments);
  return {
    ...collection,

    /** What has waited until now, of all tenants, longest first; asSystem only. */
    async listDue(now: Date, limit: number): Promise<Adjustment[]> {
      const documents = await collection.native
        .find({ dueAt: { ...isDue.dueAt, $lte: now } }, { projection: { events: 0 } })
        .sort({ dueAt: 1, tenantId: 1 })
        .limit(limit)
        .toArray();
      return documents.map((document) => adjustments.fromStored(document));
    },
  };
}
