// What the collections of jobs have in common: which are due, which of a tenant are unfinished.
import {
  asSystem,
  type CollectionDefinition,
  type Database,
  type Entity,
  field,
  openCollection,
} from '@holdfast/shared/persistence';
import mongoose from 'mongoose';
import { jobSweepRowsMax, openJobsMax } from '../limits.ts';
import type { Job, JobChange } from './job.ts';

/** Of every job. */
export const jobFields = {
  createdBy: field.text,
  dueAt: field.nullable(field.date),
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
] as const;

/** A collection of jobs. */
export function openJobs<J extends Job & Entity>(database: Database, definition: CollectionDefinition<J>) {
  const collection = openCollection(database, definition);
  return {
    ...collection,

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
    async unfinished(tenantId: string): Promise<J[]> {
      const where = { tenantId, dueAt: mongoose.trusted({ ...isUnfinished.dueAt }) };
      const found = await collection.find(where, { sort: ofTenant, index: ofTenant, limit: openJobsMax * 2 });
      return found.sort((a, b) => +a.createdAt - +b.createdAt || (a.id < b.id ? -1 : 1));
    },

    /** Stores a change; false when the job has changed meanwhile. */
    saveOne: async (change: JobChange<J>): Promise<boolean> => (await collection.save([change])) === 1,
  };
}
