// What the leading relay does beside publishing: mirror `needed` to MongoDB, watch the memory of Redis, trim. Invariant: chores never touch what
// is published; one that fails is tried again at its next turn.

import { appendMemoryShareMax, choresEveryMs, idleMirrorMs, trimEveryMs } from './limits.ts';
import { neededPosition } from './needed.ts';
import type { ChangeLog, OpenStreams, RelayClock, RelayLog, RelayRecord } from './ports.ts';
import { trimStreams } from './trimming.ts';

export interface ChoresOptions {
  readonly changeLog: ChangeLog;
  readonly clock: RelayClock;
  readonly log: RelayLog;
  readonly consumers: readonly string[];
  /** Told after each look whether Redis is too full to append to. */
  readonly memoryFull: (full: boolean) => void;
  /** Events published since the process started: without new ones `needed` is written more rarely. */
  readonly eventCount: () => number;
}

/** Does the chores of one run until the signal aborts; a lost connection makes them fail until then. */
export async function doChores(
  record: RelayRecord,
  streams: OpenStreams,
  options: ChoresOptions,
  signal: AbortSignal,
): Promise<void> {
  const { changeLog, clock, log, consumers } = options;
  const now = () => clock.now().getTime();
  let saved = { needed: record.needed, at: Number.NEGATIVE_INFINITY, eventCount: -1 };
  let trimmedAt = now();
  const turn = async () => {
    const memoryShare = await streams.memoryShare();
    options.memoryFull(memoryShare >= appendMemoryShareMax);
    const surveys = await streams.survey();
    const needed = neededPosition(surveys, consumers, record.source);
    const eventCount = options.eventCount();
    const quiet = eventCount === saved.eventCount && now() - saved.at < idleMirrorMs;
    if (needed !== undefined && needed !== saved.needed && !quiet) {
      await changeLog.saveNeeded(record, needed);
      saved = { needed, at: now(), eventCount };
    }
    if (now() - trimmedAt >= trimEveryMs) {
      trimmedAt = now();
      await trimStreams(streams, surveys, { consumers, source: record.source, memoryShare, log });
    }
  };
  while (!signal.aborted) {
    try {
      await turn();
    } catch (error) {
      if (!signal.aborted) log.warn({ reason: (error as Error).message }, 'relay chore failed');
    }
    await clock.sleep(choresEveryMs, signal);
  }
}
