// What the leading relay does beside publishing: mirror `needed` to MongoDB, watch the memory of Redis, trim.
// Invariant: chores never touch what is published; one that fails is retried at its next turn.
import { type Clock, type Log, sleep } from '../../values/index.ts';
import { appendMemoryShareMax, choresEveryMs, idleMirrorMs, trimEveryMs } from './limits.ts';
import { lackingText, neededPosition } from './needed.ts';
import type { ChangeLog, OpenStreams, RelayRecord, StreamSurvey } from './ports.ts';
import { trimStreams } from './trimming.ts';

export interface ChoresOptions {
  readonly changeLog: ChangeLog;
  readonly clock: Clock;
  readonly log: Log;
  readonly consumers: readonly string[];
  /** Called after each check with whether Redis is too full to append to. */
  readonly memoryFull: (full: boolean) => void;
  /** Events published since the process started: without new ones `needed` is written more rarely. */
  readonly eventCount: () => number;
  /** Called once snapshots of everything that was lost are in the streams. */
  readonly resynced: () => void;
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
    await tendSnapshots(record, streams, surveys, options);
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
    await sleep(clock, choresEveryMs, signal);
  }
}

/**
 * The relays' part in a resync: to detect who needs one, and to note in each stream when it holds all of its snapshots.
 */
async function tendSnapshots(
  record: RelayRecord,
  streams: OpenStreams,
  surveys: readonly StreamSurvey[],
  { changeLog, consumers, resynced }: ChoresOptions,
): Promise<void> {
  if (!streams.noteSnapshots) return;
  const fresh = await changeLog.agree();
  // The database was restored: this run's name for it is no longer right, and the next one begins with the new.
  if (fresh.source !== record.source) return streams.close();
  const { from, until } = fresh.snapshots ?? { from: '', until: '' };
  // A new consumer that has seen the newest snapshots and still lacks something.
  const isLacking = surveys.some(({ cursors }) => consumers.some((name) => cursors.get(name) === lackingText(from)));
  if (isLacking) await changeLog.wantSnapshots?.(fresh);
  if (from === '' || from < fresh.completeFrom) return;
  const waiting = surveys.filter(({ position }) => (position?.snapshotsFrom ?? '') < from);
  for (const { partition, position } of waiting) {
    if (position?.source === fresh.source && position.at >= until) {
      await streams.noteSnapshots(partition, fresh.source, from);
    }
  }
  if (waiting.length === 0) resynced();
}
