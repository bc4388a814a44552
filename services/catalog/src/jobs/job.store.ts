// What the collections of jobs have in common: which are due, which of a tenant are unfinished.

import { DomainError } from '@holdfast/shared/errors';
import {
  asSystem,
  type Change,
  type CollectionDefinition,
  type Database,
  type Entity,
  field,
  isDuplicateKey,
  type Key,
  openCollection,
  purgeBefore,
} from '@holdfast/shared/persistence';
import { type Random, systemRandom } from '@holdfast/shared/values';
import mongoose from 'mongoose';
import { jobSweepRowsMax, openJobsMax, placeAttemptsMax } from '../limits.ts';
import type { Job, JobChange } from './job.ts';

/** Of every job. */
export const jobFields = {
  createdBy: field.text,
  dueAt: field.nullable(field.date),
  slot: field.optional(field.number),
  attempts: field.number,
  toldAt: field.date,
  version: field.number,
  createdAt: field.date,
  startedAt: field.nullable(field.date),
  finishedAt: field.nullable(field.date),
  expiresAt: field.nullable(field.date),
} as const;

const isUnfinished = { dueAt: { $type: 'date' } } as const;
const byDueTime = { dueAt: 1, tenantId: 1 } as const;
const hasFile = { expiresAt: { $type: 'date' } } as const;
const byExpiry = { expiresAt: 1, tenantId: 1 } as const;
const ofTenant = { tenantId: 1, dueAt: 1 } as const;
const hasSlot = { slot: { $type: 'number' } } as const;
const hasEnded = { finishedAt: { $type: 'date' } } as const;
const byEnd = { finishedAt: 1, tenantId: 1 } as const;
/** Of unfinished jobs: what is due, over all tenants, and what a tenant has. Of ended ones: whose file is to go. */
export const jobIndexes = [
  {
    key: byDueTime,
    partialFilterExpression: isUnfinished,
    serves: 'the search for jobs that are due, over all tenants',
  },
  { key: ofTenant, partialFilterExpression: isUnfinished, serves: 'the unfinished jobs of a tenant' },
  {
    key: byExpiry,
    partialFilterExpression: hasFile,
    serves: 'the removal of files whose time is over, over all tenants',
  },
  {
    key: { tenantId: 1, slot: 1 },
    unique: true,
    partialFilterExpression: hasSlot,
    serves: 'that a tenant has no more unfinished jobs than places for them',
  },
  { key: byEnd, partialFilterExpression: hasEnded, serves: 'the job that purges what has ended, over all tenants' },
] as const;

/** A collection of jobs. */
export function openJobs<J extends Job & Entity>(
  database: Database,
  definition: CollectionDefinition<J>,
  random: Random = systemRandom,
) {
  const collection = openCollection(database, definition);

  async function unfinished(tenantId: string): Promise<J[]> {
    const where = { tenantId, dueAt: mongoose.trusted({ ...isUnfinished.dueAt }) };
    const found = await collection.find(where, { sort: ofTenant, index: ofTenant, limit: openJobsMax * 2 });
    return found.sort((a, b) => +a.createdAt - +b.createdAt || (a.id < b.id ? -1 : 1));
  }

  return {
    ...collection,

    /**
     * Stores a new job in a free place of its tenant. Throws `too_many_jobs` exactly when there is none, also of many
     * at once, and a duplicate key when there is a job of this id.
     */
    async add(change: Pick<Change<J>, 'after' | 'events'>): Promise<J> {
      const { tenantId, id } = change.after;
      for (let attempt = 1; ; attempt += 1) {
        const open = await unfinished(tenantId);
        const free = Array.from({ length: openJobsMax }, (_, n) => n).filter(
          (n) => !open.some(({ slot }) => slot === n),
        );
        // Jobs of a release before have no place.
        if (open.length >= openJobsMax || free.length === 0) throw new DomainError('too_many_jobs');
        const after = { ...change.after, slot: free[Math.floor(random.next() * free.length)]! };
        try {
          await collection.insert([{ ...change, after }]);
          return after;
        } catch (error) {
          if (!isDuplicateKey(error) || (await collection.read({ tenantId, id })) !== undefined) throw error;
          // Somebody else has taken the place.
          if (attempt === placeAttemptsMax) throw new DomainError('busy');
        }
      }
    },

    /** Jobs of all tenants that are due, the longest due first. */
    async listDue(now: Date): Promise<{ tenantId: string; id: string }[]> {
      const where = { dueAt: mongoose.trusted({ ...isUnfinished.dueAt, $lte: now }) };
      const found = await asSystem('due jobs', () =>
        collection.find(where, { sort: byDueTime, index: byDueTime, limit: jobSweepRowsMax }),
      );
      return found.map(({ tenantId, id }) => ({ tenantId, id }));
    },

    /** Jobs of all tenants whose file is to go. */
    listExpired(now: Date): Promise<J[]> {
      const where = { expiresAt: mongoose.trusted({ ...hasFile.expiresAt, $lte: now }) };
      return asSystem('expired files', () =>
        collection.find(where, { sort: byExpiry, index: byExpiry, limit: jobSweepRowsMax }),
      );
    },

    /** The unfinished jobs of a tenant, the oldest first. */
    unfinished,

    /** Removes jobs of all tenants that ended long ago and whose file is gone; returns which. */
    purge: (before: Date, limit: number, prepare: (keys: readonly Key[]) => Promise<void> = async () => {}) =>
      purgeBefore(collection, {
        field: 'finishedAt',
        before,
        where: { expiresAt: null },
        limit,
        index: byEnd,
        prepare,
      }),

    /** Stores a change; false when the job has changed meanwhile. */
    saveOne: async (change: JobChange<J>): Promise<boolean> => (await collection.save([change])) === 1,
  };
}
