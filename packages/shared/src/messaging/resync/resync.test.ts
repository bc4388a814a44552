// How far a resync is, when another release goes on with it.
import { expect, it } from 'vitest';
import { silentLog, systemClock } from '../../values/index.ts';
import { snapshotBatchMax } from './limits.ts';
import type { EventedDocument, ResyncProgress, ResyncStore, SnapshotOf } from './resync.store.ts';
import { resyncIfDue } from './resync.ts';

const kindOf = (collection: string): SnapshotOf => ({ collection, toSnapshot: () => ({ event: {} as never }) });
const pages = 2;
const documentsOf = (collection: string): EventedDocument[] =>
  Array.from({ length: snapshotBatchMax * pages }, (_, n) => ({
    _id: `${collection}_${String(n).padStart(6, '0')}`,
    version: 1,
  }));

/** A store in memory that counts what is re-emitted, and interrupts after so many batches. */
function memoryStore(batchesMax: number) {
  const abort = new AbortController();
  const reEmitted = new Map<string, number>();
  let stored: ResyncProgress | undefined;
  let batches = 0;
  const store: ResyncStore = {
    record: async () => ({ source: 's', completeFrom: 'p1', generation: 'g1', lift: 1 }) as never,
    progress: async () => stored,
    save: async (progress) => {
      stored = progress;
      batches += 1;
      if (batches === batchesMax) abort.abort();
    },
    finish: async () => true,
    want: async () => {},
    read: async ({ collection }, after, limit) =>
      documentsOf(collection)
        .filter(({ _id }) => _id > after)
        .slice(0, limit),
    reEmit: async ({ collection }, documents) => {
      reEmitted.set(collection, (reEmitted.get(collection) ?? 0) + documents.length);
      return [];
    },
    reread: async () => [],
    renewSource: async () => {},
  };
  const lease = { extend: async () => true, release: async () => {} };
  const ports = { store, takeLease: async () => lease, clock: systemClock, log: silentLog };
  return {
    reEmitted,
    run: (collections: readonly string[], signal = abort.signal) =>
      resyncIfDue(ports, collections.map(kindOf), { signal, report: () => {} }),
    isFinished: () => stored?.finishedAt instanceof Date,
  };
}

it('re-emits every collection in full, also when another one comes first after the interruption', async () => {
  // The two pages and the empty end of the first, and a page of the second.
  const interrupted = memoryStore(pages + 2);
  await interrupted.run(['levels', 'reservations']);
  expect(interrupted.isFinished()).toBe(false);
  expect(interrupted.reEmitted.get('reservations')).toBe(snapshotBatchMax);
  await interrupted.run(['suppliers', 'levels', 'reservations'], new AbortController().signal);
  expect(interrupted.isFinished()).toBe(true);
  const all = snapshotBatchMax * pages;
  expect(Object.fromEntries(interrupted.reEmitted)).toEqual({
    levels: all,
    reservations: all + snapshotBatchMax,
    suppliers: all,
  });
});
