// Adjustments in MongoDB. The collection is evented; an adjustment is inserted once, with its event. Adjustments are
// facts, not state: a resync does not re-emit them.
import { adjustmentReasons } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import type { Adjustment } from './adjustment.ts';

export const adjustments = defineCollection<Adjustment>({
  name: 'adjustments',
  holds: 'A change of what is on hand that somebody made by hand.',
  isEvented: true,
  fields: {
    variantId: field.text,
    locationId: field.text,
    change: field.object(),
    delta: field.number,
    onHandAfter: field.number,
    movementId: field.text,
    reason: field.oneOf(adjustmentReasons),
    note: field.optional(field.text),
    createdBy: field.text,
    createdAt: field.date,
    version: field.number,
    creation: field.object(),
  },
  lists: [{ by: ['variantId'], order: 'newest' }, { order: 'newest' }],
});

export type AdjustmentStore = ReturnType<typeof openAdjustments>;

export const openAdjustments = (database: Database) => openCollection(database, adjustments);
