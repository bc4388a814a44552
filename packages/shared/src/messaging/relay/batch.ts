// From a batch of changes to each partition's share. Pure. Invariant: ids depend only on the oplog: the ordinal counts
// all events of one clusterTime in change stream order, over all partitions and across batches, beginning with the
// first change of that time.
import { partitionCount, partitionOf } from '../../values/index.ts';
import { ordinalsPerTime } from '../streams/limits.ts';
import { positionAt, streamId } from '../streams/positions.ts';
import type { ChangeBatch } from './ports.ts';

export interface Count {
  /** The clusterTime whose events are being counted; '' before the first. */
  time: string;
  /** Events of that time so far. */
  ordinal: number;
}

export interface Shares {
  /** By partition: id, body, id, body ... */
  readonly entries: readonly string[][];
  readonly eventCount: number;
  /** Where the streams stand once the shares are appended. */
  readonly position: string;
}

/**
 * Numbers the events of a batch and sorts them by partition; moves `count` on. Throws when one time has more events
 * than an id can tell apart.
 */
export function shareOut(batch: ChangeBatch, count: Count): Shares {
  const entries: string[][] = Array.from({ length: partitionCount }, () => []);
  let eventCount = 0;
  for (const { time, events } of batch.changes) {
    if (time !== count.time) {
      count.time = time;
      count.ordinal = 0;
    }
    for (const { tenantId, body } of events) {
      if (count.ordinal >= ordinalsPerTime) throw new Error('too many events in one transaction');
      entries[partitionOf(tenantId)]!.push(streamId(time, count.ordinal), body);
      count.ordinal += 1;
      eventCount += 1;
    }
  }
  return { entries, eventCount, position: positionAt(batch.upTo, batch.upTo === count.time ? count.ordinal : 0) };
}
