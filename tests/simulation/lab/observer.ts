// A consumer that counts. Invariant: it has no key of its own that would make an event count once: only the cursor in
// its transaction does. Per aggregate: the last version, how many events,
// and how often a version was missing in between.
import type { DomainEvent } from '@holdfast/shared/contracts';
import type { Batch } from '@holdfast/shared/messaging';
import type { Database } from '@holdfast/shared/persistence';
import type { Session } from '../../../packages/shared/src/messaging/consumer/ports.ts';

export interface Count {
  _id: string;
  tenantId: string;
  version: number;
  events: number;
  gaps: number;
  /** Versions; one may publish several events. */
  changes: number;
}

/** Parts of an order, whose events are the order's. */
const partsOfOrders = new Set(['fulfilment', 'payment', 'refund', 'return']);

/** The kind of aggregate and its id: an order and its reservation have the same id. */
export function aggregateOf(event: Pick<DomainEvent, 'type' | 'subject'>): string {
  const kind = event.type.split('.')[2]!;
  return `${partsOfOrders.has(kind) ? 'order' : kind} ${event.subject}`;
}

export function observe(database: Database) {
  const counts = database.db.collection<Count>('counts');
  return async (batch: Batch, session?: Session): Promise<void> => {
    const options = session ? { session } : {};
    const ids = [...new Set(batch.entries.map(({ event }) => aggregateOf(event)))];
    const found = await counts.find({ _id: { $in: ids } }, options).toArray();
    const byId = new Map(found.map((count) => [count._id, count]));
    for (const { event } of batch.entries) {
      const _id = aggregateOf(event);
      const before = byId.get(_id) ?? { _id, tenantId: event.tenantid, version: 0, events: 0, gaps: 0, changes: 0 };
      const version = event.aggregateversion;
      const isGap = version > before.version + 1;
      const changes = before.changes + (version === before.version ? 0 : 1);
      const gaps = before.gaps + (isGap ? 1 : 0);
      const after = { ...before, version, events: before.events + 1, gaps, changes };
      byId.set(_id, after);
    }
    const operations = [...byId.values()].map(({ _id, ...fields }) => ({
      updateOne: { filter: { _id }, update: { $set: fields }, upsert: true },
    }));
    await counts.bulkWrite(operations, { ...options, ordered: false });
  };
}
