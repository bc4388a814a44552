// Events as they lie inside the document that they describe.
// Invariant: serialised once, here; the relay and the streams carry this text unchanged.
import type { DomainEvent } from '../contracts/index.ts';
import { eventBytesPerWriteMax, eventsPerWriteMax } from './limits.ts';

/** One event as it lies in a document: `body` is the CloudEvent as JSON text and goes into the stream unchanged. */
export interface StoredEvent {
  readonly id: string;
  readonly tenantId: string;
  readonly body: string;
}

/**
 * The value of a document's `events`: at most 64 events and 256 KiB of text, each with its own id; more is a bug and
 * throws.
 */
export function storeEvents(events: readonly DomainEvent[]): StoredEvent[] {
  if (events.length > eventsPerWriteMax)
    throw new Error(`${events.length} events in one write (at most ${eventsPerWriteMax})`);
  const stored = events.map((event) => ({ id: event.id, tenantId: event.tenantid, body: JSON.stringify(event) }));
  const bytes = stored.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
  if (bytes > eventBytesPerWriteMax)
    throw new Error(`${bytes} bytes of events in one write (at most ${eventBytesPerWriteMax})`);
  if (new Set(stored.map(({ id }) => id)).size < stored.length)
    throw new Error('two events of one write have the same id');
  return stored;
}
