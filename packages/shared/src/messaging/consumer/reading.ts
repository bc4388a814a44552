// Which of the owned streams are read next. Invariant: a stopped partition is not read before its time, and no stream before
// those of its partition that go first.

import type { RawEntry } from '../streams/blocking-read.ts';
import { compareIds, parseId } from '../streams/positions.ts';
import type { Held } from './owner.ts';
import type { StreamRef, StreamSlice } from './ports.ts';

/** Remembers since when the oldest entry of each partition waits that is not applied. */
export function noteWaiting(readable: readonly Held[], slices: readonly StreamSlice[]): void {
  for (const held of readable) held.waitingSinceMs = undefined;
  const byPartition = new Map(readable.map((held) => [held.partition, held]));
  for (const { partition, domain, entries } of slices) {
    const held = byPartition.get(partition);
    const cursor = held?.cursors.get(domain)?.lastId;
    const isWaiting = (entry: RawEntry) => cursor === undefined || compareIds(entry.id, cursor) > 0;
    const newest = entries.at(-1);
    if (!held || !newest || !isWaiting(newest)) continue;
    const atMs = parseId(entries.find(isWaiting)!.id)[0] * 1_000;
    held.waitingSinceMs = Math.min(atMs, held.waitingSinceMs ?? atMs);
  }
}

/** Whether a partition is to be read now. */
export function mayRead(held: Held, now: number): boolean {
  // Alarms about the stream itself are ended by the chores; those about an entry by reading it again.
  if (held.alarm) return held.alarm.entryId !== undefined && held.alarm.recheckAtMs <= now;
  return held.suspect === undefined || held.suspect.notBeforeMs <= now;
}

/** The streams of these partitions and where each goes on; streams never seen before are left out. */
export function refsOf(
  readable: readonly Held[],
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
