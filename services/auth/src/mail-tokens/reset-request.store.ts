// Requests for a new password in MongoDB, until a job has looked for their accounts: global, as their businesses may be
// unknown. Invariant: address and business are sealed, and a request is gone within seconds.

import { type Database, defineCollection, field, openCollection, type Session } from '@holdfast/shared/persistence';
import type { Sealed } from '@holdfast/shared/values';
import { resetRequestMs } from '../limits.ts';

export type ResetRequest = { id: string; sealed: Sealed; createdAt: Date };
/** What is sealed in one. */
export type AskedReset = { tenant: string; email: string };

const oldestFirst = { createdAt: 1 } as const;

export const resetRequests = defineCollection<ResetRequest>({
  name: 'reset_requests',
  holds: 'A request for a password reset, sealed, until a job has looked for the account.',
  isGlobal: true,
  fields: { sealed: field.object(), createdAt: field.date },
  indexes: [
    {
      key: oldestFirst,
      expireAfterSeconds: resetRequestMs / 1_000,
      serves: 'the job that looks for accounts, oldest first; the deletion of what is late',
    },
  ],
});

export type ResetRequestStore = ReturnType<typeof openResetRequests>;

/** The requests of this installation. */
export function openResetRequests(database: Database) {
  const collection = openCollection(database, resetRequests);
  return {
    add: (after: ResetRequest) => collection.insert([{ after }]),
    /** At most `limit`, the oldest first. */
    list: (limit: number): Promise<ResetRequest[]> =>
      collection.find({}, { sort: oldestFirst, index: oldestFirst, limit }),
    /** False when somebody else has removed it. */
    async remove(id: string, session?: Session): Promise<boolean> {
      const options = { hint: { _id: 1 } as const, ...(session ? { session } : {}) };
      return (await collection.native.deleteOne({ _id: id }, options)).deletedCount === 1;
    },
  };
}
