// Bulk upserts that came with an Idempotency-Key: what was answered, for when the key comes again. Kept, like every
// key, as long as what it created; a result takes some 100 bytes.
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import type { RowResult } from './upsert-rows.ts';

export type UpsertRecord = {
  /** Derived from the caller and the key. */
  id: string;
  tenantId: string;
  requestHash: string;
  results: RowResult[];
  createdAt: Date;
};

export const upsertRecords = defineCollection<UpsertRecord>({
  name: 'upsert_records',
  holds: 'The answer of a bulk upsert that came with an Idempotency-Key.',
  fields: { requestHash: field.text, results: field.list(), createdAt: field.date },
});

export const openUpsertRecords = (database: Database) => openCollection(database, upsertRecords);
