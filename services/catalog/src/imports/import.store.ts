// Imports and the rows of them that failed, in MongoDB.
// Invariants: an import changes only where its version is the one that was decided on; its errors are written in the
// same transaction as the count of them.
import { decimalSigns, importKinds, importStatuses } from '@holdfast/shared/contracts';
import {
  type Database,
  defineCollection,
  field,
  type Key,
  openCollection,
  type Session,
} from '@holdfast/shared/persistence';
import mongoose from 'mongoose';
import { jobFields, jobIndexes, openJobs } from '../jobs/job.store.ts';
import type { Import } from './import.ts';

export const imports = defineCollection<Import>({
  name: 'imports',
  holds: 'An import: its file, how far its rows are applied, what became of them.',
  isEvented: true,
  fields: {
    ...jobFields,
    kind: field.oneOf(importKinds),
    status: field.oneOf(importStatuses),
    decimal: field.oneOf(decimalSigns),
    file: field.text,
    bytes: field.number,
    rowsMax: field.number,
    rowsTotal: field.nullable(field.number),
    rowsRead: field.number,
    rowsDone: field.number,
    rowsFailed: field.number,
    failure: field.nullable(field.object()),
    creation: field.nullable(field.object()),
  },
  lists: [{ by: ['status'], order: 'newest' }, { order: 'newest' }],
  indexes: jobIndexes,
});

export type RowError = {
  id: string;
  tenantId: string;
  importId: string;
  line: number;
  column: string;
  code: string;
  message: string;
};

export const importErrors = defineCollection<RowError>({
  name: 'import_errors',
  holds: 'A row of an import that failed, and why; the first 10,000 of an import.',
  fields: { importId: field.text, line: field.number, column: field.text, code: field.text, message: field.text },
  lists: [{ by: ['importId'], order: 'line', unique: true }],
});

export type ImportStore = ReturnType<typeof openImports>;
export type ImportErrorStore = ReturnType<typeof openImportErrors>;

export const openImports = (database: Database) => openJobs(database, imports);

export function openImportErrors(database: Database) {
  const collection = openCollection(database, importErrors);
  const byLine = importErrors.indexes[0]!.key;
  return {
    insert: (errors: readonly RowError[], session: Session) =>
      collection.insert(
        errors.map((after) => ({ after })),
        session,
      ),
    /** Of imports that go themselves; by system work only. */
    async purgeOf(keys: readonly Key[]): Promise<void> {
      for (const { tenantId, id: importId } of keys)
        await collection.native.deleteMany({ tenantId: tenantId!, importId });
    },
    /** In the order of their lines, after a line. */
    after: (tenantId: string, importId: string, line: number, limit: number): Promise<RowError[]> =>
      collection.find(
        { tenantId, importId, line: mongoose.trusted({ $gt: line }) },
        { sort: { line: 1 }, index: byLine, limit },
      ),
  };
}
