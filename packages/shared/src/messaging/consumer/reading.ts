// Which of the owned streams are read next. Invariant: a stopped partition is not read before its time, and no stream
// before those of its partition that go first.

import type { RawEntry } from '../streams/blocking-read.ts';
import { compareIds, parseId } from '../streams/positions.ts';
import type { OwnedPartition } from './owner.ts';
import type { StreamRef, StreamSlice } from './ports.ts';

/** Remembers since when the oldest entry of each partition waits that is not applied. */
export function noteWaiting(readable: readonly OwnedPartition[], slices: readonly StreamSlice[]): void {
  for (const owned of readable) owned.waitingSinceMs = undefined;
  const byPartition = new Map(readable.map((owned) => [owned.partition, owned]));
  for (const { partition, domain, entries } of slices) {
    const owned = byPartition.get(partition);
    const cursor = owned?.cursors.get(domain)?.lastId;
    const isWaiting = (entry: RawEntry) => cursor === undefined || compareIds(entry.id, cursor) > 0;
    const newest = entries.at(-1);
    if (!owned || !newest || !isWaiting(newest)) continue;
    const atMs = parseId(entries.find(isWaiting)!.id)[0] * 1_000;
    owned.waitingSinceMs = Math.min(atMs, owned.waitingSinceMs ?? atMs);
  }
}

/** Whether a partition is to be read now. */
export function mayRead(owned: OwnedPartition, now: number): boolean {
  // Alarms about the stream itself are ended by the chores; those about an entry by reading it again.
  if (owned.alarm) return owned.alarm.entryId !== undefined && owned.alarm.recheckAtMs <= now;
  return owned.suspect === undefined || owned.suspect.notBeforeMs <= now;
}

/** The streams of these partitions and where each goes on; streams never seen before are left out. */
export function refsOf(
  readable: readonly OwnedPartition[],
  { domains, drainFirst }: { domains: readonly string[]; drainFirst: ReadonlySet<string> },
): Array<StreamRef & { after: string }> {
  return readable.flatMap(({ partition, cursors }) => {
    const refs: Array<StreamRef & { after: string }> = [];
    for (const domain of domains) {
      const cursor = cursors.get(domain);
      if (cursor?.source) refs.push({ domain, partition, after: cursor.lastId });
      // What goes first has not been seen yet: nothing may go before it.
      else if (drainFirst.has(domain)) break;
    }
    return refs;
  });
}
