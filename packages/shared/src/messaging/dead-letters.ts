// Events that can never be applied, kept with their reason. Invariant: a dead letter is written in the same transaction as
// the cursor that passes it, so an event is either applied or here, never both and never neither.
import { asSystem, type Database } from '../persistence/index.ts';
import type { DeadLetter, Session } from './consumer-ports.ts';

export const deadLettersCollection = 'dead_letters';

export interface DeadLetterDocument {
  /** `<service>:<generation>:<domain>:<partition>:<entry id>`. */
  _id: string;
  /** `-` when the entry does not say whose it is. */
  tenantId: string;
  domain: string;
  partition: number;
  entryId: string;
  event: string;
  error: string;
  at: Date;
}

/** The stored form of a dead letter; `scope` is `<service>:<generation>`. */
export function deadLetterDocument(scope: string, letter: DeadLetter, at: Date): DeadLetterDocument {
  return {
    _id: `${scope}:${letter.domain}:${letter.partition}:${letter.entryId}`,
    tenantId: letter.tenantId || '-',
    domain: letter.domain,
    partition: letter.partition,
    entryId: letter.entryId,
    event: letter.event,
    error: letter.error,
    at,
  };
}

/** Stores dead letters; storing one again (only possible without a session) changes nothing. */
export async function storeDeadLetters(
  database: Database,
  documents: readonly DeadLetterDocument[],
  session: Session | undefined,
): Promise<void> {
  if (documents.length === 0) return;
  const letters = database.db.collection<DeadLetterDocument>(deadLettersCollection);
  const operations = documents.map(({ _id, tenantId, ...rest }) => ({
    updateOne: { filter: { _id, tenantId }, update: { $setOnInsert: rest }, upsert: true },
  }));
  await asSystem('dead-letters', async () => {
    await letters.bulkWrite(operations, { ordered: false, ...(session ? { session } : {}) });
  });
}

/** The collection and its index (newest first per tenant). Needed before the first transaction writes to it. */
export async function prepareDeadLetters(database: Database): Promise<void> {
  await asSystem('dead-letters', async () => {
    await database.db.collection(deadLettersCollection).createIndex({ tenantId: 1, at: -1 });
  });
}
