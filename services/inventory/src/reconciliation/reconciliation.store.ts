// Reconciliations in MongoDB. The collection is evented, because drift is announced; nobody keeps a copy of it.
import { type Database, defineCollection, field, openCollection, purgeBefore } from '@holdfast/shared/persistence';
import type { Reconciliation, Slot } from './reconciliation.ts';

const isDue = { dueAt: { $type: 'date' } } as const;
const runs = { key: { tenantId: 1, slot: 1 }, partialFilterExpression: { slot: { $type: 'number' } } } as const;
const ended = {
  key: { finishedAt: 1, tenantId: 1 },
  partialFilterExpression: { finishedAt: { $type: 'date' } },
} as const;
const statuses = ['running', 'done', 'failed'] as const;

export const reconciliations = defineCollection<Reconciliation>({
  name: 'reconciliations',
  holds: 'A look through all stock of a tenant: how far it is, what it found, what was repaired.',
  isEvented: true,
  fields: {
    status: field.oneOf(statuses),
    requestedBy: field.text,
    reason: field.optional(field.text),
    step: field.object(),
    checked: field.object(),
    suspects: field.list(),
    isComplete: field.flag,
    differences: field.list(),
    differenceCount: field.number,
    failure: field.optional(field.text),
    attempts: field.number,
    createdAt: field.date,
    lookedAt: field.optional(field.date),
    finishedAt: field.optional(field.date),
    dueAt: field.optional(field.date),
    slot: field.optional(field.number),
    version: field.number,
    creation: field.object(),
    repairs: field.optional(field.list()),
  },
  lists: [{ order: 'newest' }],
  unlisted: ['suspects', 'repairs'],
  // Over all tenants, and only what runs is in it.
  indexes: [
    {
      key: { dueAt: 1, tenantId: 1 },
      partialFilterExpression: isDue,
      serves: 'reconciliations that somebody has to go on with, of all tenants',
    },
    { ...ended, serves: 'the job that purges what has ended, over all tenants' },
    {
      ...runs,
      unique: true,
      serves: 'what of a tenant runs: one that people asked for, and one of the platform, at most',
    },
  ],
});

export type ReconciliationStore = ReturnType<typeof openReconciliations>;

export function openReconciliations(database: Database) {
  const collection = openCollection(database, reconciliations);
  return {
    ...collection,

    /** Removes those of all tenants that ended long ago; returns which. */
    purge: (before: Date, limit: number) =>
      purgeBefore(collection, { field: 'finishedAt', before, limit, index: ended.key }),

    /** The one of the tenant that runs in a slot. */
    running: (tenantId: string, slot: Slot): Promise<Reconciliation | undefined> =>
      collection.findOne({ tenantId, slot }, runs.key),

    /** What somebody has to go on with, longest due first; asSystem only. */
    async listDue(now: Date, limit: number): Promise<{ tenantId: string; id: string }[]> {
      const documents = await collection.native
        .find({ dueAt: { ...isDue.dueAt, $lte: now } }, { projection: { tenantId: 1 } })
        .sort({ dueAt: 1, tenantId: 1 })
        .limit(limit)
        .toArray();
      return documents.map(({ tenantId, _id: id }) => ({ tenantId, id }));
    },
  };
}
