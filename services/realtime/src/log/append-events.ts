// Appends a batch of domain events to their tenants' public logs. Invariant: heads, documents and the consumer's cursors are one
// transaction, so each event is in the log exactly once, whoever crashes or runs twice.
import type { Batch } from '@holdfast/shared/messaging';
import type { Clock } from '@holdfast/shared/values';
import type { PublicLogStore } from './public-log.store.ts';
import { appendToLog, isPublic } from './public-log.ts';

type Session = Parameters<PublicLogStore['append']>[2];

/** Handles a batch of the consumer, in its transaction. Throws Conflict when another writer moved a head. */
export async function appendEvents(
  { log, clock }: { log: PublicLogStore; clock: Clock },
  batch: Batch,
  session: Session,
): Promise<void> {
  const events = batch.entries.map((entry) => entry.event).filter(isPublic);
  const heads = await log.readHeads(new Set(events.map((event) => event.tenantid)), session);
  await log.append(appendToLog(events, heads), clock.now(), session);
}
