// One run of the relay: from reading the positions to the first failure. Invariant: whatever fails, the run ends, both
// connections are dropped, and the next run begins from what is stored; the only thing that is kept from one run to the
// next is the floor of a dropped database.

import { sleep } from '../../values/index.ts';
import { positionAt, type StreamPosition, timeAfter } from '../streams/positions.ts';
import { type Count, type Shares, shareOut } from './batch.ts';
import { appendMemoryShareMax, idlePositionMs, memoryPauseMs } from './limits.ts';
import { createLinger, type Wait } from './linger.ts';
import {
  type Append,
  type AppendAnswer,
  type ChangeBatch,
  HistoryLost,
  type OpenChanges,
  type OpenStreams,
  type RelayPorts,
  type RelayRecord,
} from './ports.ts';
import { beginning } from './start.ts';

export type AlarmKind = 'history-lost' | 'foreign-entry' | 'wrong-source' | 'redis-memory' | 'database-dropped';

/** A reason to restart that an operator has to know. */
export class RelayAlarm extends Error {
  override readonly name = 'RelayAlarm';
  readonly kind: AlarmKind;

  constructor(kind: AlarmKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** What a run reports while it lasts. */
export interface RunReport {
  /** The run has read the positions and opened both sides. */
  opened(record: RelayRecord, streams: OpenStreams): void;
  published(position: string, eventCount: number, batch: ChangeBatch): void;
  /** True while Redis is too full to append to. */
  memoryFull(full: boolean): void;
}

export interface RunState {
  /** Position below which no run begins; rises when the database was dropped. */
  floor: string;
}

function refuse(answer: AppendAnswer, share: Append): void {
  if (answer.kind === 'appended') return;
  const { partition } = share;
  if (answer.kind === 'rewind') {
    throw new Error(`partition ${partition}: stored position '${answer.stored}' is older than '${share.believed}'`);
  }
  if (answer.kind === 'foreign') {
    throw new RelayAlarm('foreign-entry', `partition ${partition}: entry ${answer.lastId} lies above the position`);
  }
  throw new RelayAlarm('wrong-source', `partition ${partition} belongs to database ${answer.source}`);
}

/** Sends shares and idle moves; resolves when each is confirmed, throws when one is refused. */
async function appendShares(
  streams: OpenStreams,
  record: RelayRecord,
  { entries, position }: Shares,
  { believed, beginsAt, moveAll }: { believed: string[]; beginsAt: string; moveAll: boolean },
): Promise<void> {
  const shares: Append[] = [];
  for (const [partition, own] of entries.entries()) {
    if (own.length === 0 && !(moveAll && position > believed[partition]!)) continue;
    shares.push({ partition, believed: believed[partition]!, to: position, entries: own, beginsAt });
  }
  if (shares.length === 0) return;
  const answers = await streams.append(record, shares);
  for (const [n, answer] of answers.entries()) {
    const share = shares[n]!;
    refuse(answer, share);
    if (position > share.believed) believed[share.partition] = position;
  }
}

/** Waits while Redis is too full to append to. */
async function awaitMemory(
  streams: OpenStreams,
  ports: RelayPorts,
  report: RunReport,
  signal: AbortSignal,
): Promise<void> {
  for (let full = true; full && !signal.aborted; ) {
    await sleep(ports.clock, memoryPauseMs, signal);
    full = (await streams.memoryShare()) >= appendMemoryShareMax;
    report.memoryFull(full);
  }
}

async function copy(
  ports: RelayPorts,
  { changes, streams, record }: { changes: OpenChanges; streams: OpenStreams; record: RelayRecord },
  begin: { believed: string[]; beginsAt: string },
  { report, state, signal, isFull }: RunOptions,
): Promise<void> {
  const count: Count = { time: '', ordinal: 0 };
  const linger = createLinger();
  const now = () => ports.clock.now().getTime();
  const read = async ({ pauseMs, awaitMs }: Partial<Wait>) => {
    if (pauseMs) await sleep(ports.clock, pauseMs, signal);
    return changes.next(awaitMs);
  };
  let movedAt = Number.NEGATIVE_INFINITY;
  let ahead = read({});
  while (!signal.aborted) {
    const batch = await ahead;
    if (signal.aborted) return;
    if (!batch.ended) {
      ahead = read(linger.after(batch, now()));
      ahead.catch(() => {});
    }
    if (isFull()) await awaitMemory(streams, ports, report, signal);
    const shares = shareOut(batch, count);
    const moveAll = now() - movedAt >= idlePositionMs;
    if (moveAll) movedAt = now();
    await appendShares(streams, record, shares, { ...begin, moveAll });
    report.published(shares.position, shares.eventCount, batch);
    if (batch.ended) {
      // A stream opened at the time of the drop ends again at once, every time: step over that one entry.
      state.floor = positionAt(timeAfter(batch.upTo), 0);
      throw new RelayAlarm('database-dropped', 'the change stream has ended: the database was dropped');
    }
  }
}

/** The positions of streams that are this database's; what it published under a former name is rebuilt. */
async function ownPositions(
  streams: OpenStreams,
  { source, formerSources = [] }: RelayRecord,
  known: readonly (StreamPosition | undefined)[],
): Promise<(StreamPosition | undefined)[]> {
  const own: (StreamPosition | undefined)[] = [];
  for (const [partition, position] of known.entries()) {
    if (!position || position.source === source) own.push(position);
    else if (streams.discard && formerSources.includes(position.source)) {
      await streams.discard(partition, position.source);
      own.push(undefined);
    } else throw new RelayAlarm('wrong-source', `the streams belong to database ${position.source}`);
  }
  return own;
}

export interface RunOptions {
  readonly report: RunReport;
  readonly state: RunState;
  /** Ends the run without an error. */
  readonly signal: AbortSignal;
  /** The last check of Redis found too little memory left. */
  isFull(): boolean;
}

/** Publishes until the signal aborts (resolves) or anything fails (throws). */
export async function publishUntilFailure(ports: RelayPorts, options: RunOptions): Promise<void> {
  const { signal, state, report } = options;
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  let streams: OpenStreams | undefined;
  let changes: OpenChanges | undefined;
  const run = async () => {
    streams = await ports.streams.open();
    if (signal.aborted) return streams.close();
    const known = await streams.positions();
    // After the positions: what is missing in Redis is then covered by this record or by a newer one.
    const record = await ports.changeLog.agree();
    const begin = beginning(record, await ownPositions(streams, record, known), state.floor);
    try {
      changes = await ports.changeLog.open(begin.at.slice(0, 16));
      if (signal.aborted) return changes.close();
      report.opened(record, streams);
      await copy(ports, { changes, streams, record }, begin, options);
    } catch (error) {
      if (!(error instanceof HistoryLost)) throw error;
      await ports.changeLog.declareLost(record);
      throw new RelayAlarm('history-lost', `the oplog no longer reaches back to ${begin.at}: events are lost`);
    }
  };
  const running = run();
  running.catch(() => {});
  try {
    await Promise.race([running, aborted]);
  } finally {
    // Not awaited: with a dead server closing takes longer than a restart. A run that still waits for a reply can write
    // nothing any more, because its connection to the streams is gone.
    streams?.close();
    changes?.close();
  }
}
