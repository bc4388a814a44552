// Exports in MongoDB. Invariant: an export changes only where its version is the one that was decided on.
import { exportFormats, exportKinds, exportStatuses } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field } from '@holdfast/shared/persistence';
import { jobFields, jobIndexes, openJobs } from '../jobs/job.store.ts';
import type { Export } from './export.ts';

export const exports = defineCollection<Export>({
  name: 'exports',
  holds: 'An export: what is asked for, how far its file is, until when it is kept.',
  isEvented: true,
  fields: {
    ...jobFields,
    kind: field.oneOf(exportKinds),
    format: field.oneOf(exportFormats),
    filter: field.nullable(field.object()),
    status: field.oneOf(exportStatuses),
    file: field.text,
    withCost: field.flag,
    rowsDone: field.number,
    bytes: field.nullable(field.number),
    failure: field.nullable(field.object()),
    creation: field.nullable(field.object()),
  },
  lists: [{ by: ['status'], order: 'newest' }, { order: 'newest' }],
  indexes: jobIndexes,
});

export type ExportStore = ReturnType<typeof openExports>;

export const openExports = (database: Database) => openJobs(database, exports);
