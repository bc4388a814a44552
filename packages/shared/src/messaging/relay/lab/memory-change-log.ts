// A change log in memory: an oplog that can be written, cut short at its beginning, and read like MongoDB's (inclusive
// start, whole batches that may end inside a transaction).

import type { StoredEvent } from '../../../persistence/index.ts';
import { positionAt, timeText } from '../../streams/positions.ts';
import type { Change, ChangeBatch, ChangeLog, RelayRecord } from '../ports.ts';
import { HistoryLost } from '../ports.ts';

const awaitMs = 2;

export interface MemoryChangeLog extends ChangeLog {
  record: RelayRecord | undefined;
  /** One write or transaction: all its changes share one time. Answers that time. */
  write(...changes: StoredEvent[][]): string;
  /** The oplog forgets everything before now. */
  forget(): void;
}

/** An empty change log whose batches hold at most `batchSize` changes. */
export function createMemoryChangeLog({ batchSize = 1_000, source = 'source-1' } = {}): MemoryChangeLog {
  let changes: Change[] = [];
  let ticks = 0;
  let oldest = timeText(1, 0);
  // Three writes to a second, so that both halves of a time are used.
  const now = () => timeText(1_000 + Math.floor(ticks / 3), 1 + (ticks % 3));
  const log: MemoryChangeLog = {
    record: undefined,
    write(...written) {
      ticks += 1;
      const time = now();
      changes.push(...written.map((events) => ({ time, events })));
      return time;
    },
    forget() {
      ticks += 1;
      changes = [];
      oldest = now();
    },
    async agree() {
      log.record ??= { source, start: now(), needed: positionAt(now(), 0), completeFrom: '' };
      return log.record;
    },
    async open(time) {
      // Changes are found by their place from here on, as a cursor would.
      let next = changes.findIndex((change) => change.time >= time);
      let closed = false;
      let upTo = time;
      return {
        async next(): Promise<ChangeBatch> {
          if (time < oldest && changes.every((change) => change.time >= oldest)) throw new HistoryLost('forgotten');
          if (next < 0 || next >= changes.length) {
            await new Promise((resolve) => setTimeout(resolve, awaitMs));
            if (next < 0) next = changes.findIndex((change) => change.time >= time);
          }
          if (closed) throw new Error('the changes are closed');
          const batch = next < 0 ? [] : changes.slice(next, next + batchSize);
          if (next >= 0) next += batch.length;
          const last = batch.at(-1)?.time;
          if (last !== undefined) upTo = last;
          else if (next < 0 || next >= changes.length) upTo = now();
          return { changes: batch, upTo, ended: false };
        },
        close() {
          closed = true;
        },
      };
    },
    async saveNeeded({ source: of }, needed) {
      if (log.record?.source === of) log.record = { ...log.record, needed };
    },
    async declareLost({ completeFrom }) {
      if (log.record?.completeFrom !== completeFrom) return;
      const from = positionAt(now(), 0);
      log.record = { ...log.record, completeFrom: from, needed: from };
    },
  };
  return log;
}
