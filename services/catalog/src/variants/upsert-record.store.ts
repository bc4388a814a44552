// Bulk upserts that came with an Idempotency-Key: what was answered, for when the key comes again. A result takes some
// 100 bytes; who sends the key again after the retention has the same rows looked at anew, which change nothing.
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import { upsertRecordsKeptMs } from '../limits.ts';
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
  indexes: [
    {
      key: { createdAt: 1 },
      expireAfterSeconds: upsertRecordsKeptMs / 1_000,
      serves: 'the deletion of what is older than the retention',
    },
  ],
});

export const openUpsertRecords = (database: Database) => openCollection(database, upsertRecords);
