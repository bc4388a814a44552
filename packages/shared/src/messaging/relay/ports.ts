// The ports of the relay: a change log, event streams, a clock, chance. The rules of publishing are written over these,
// so that real servers and a simulator drive the same code. Invariant: no method retries or hides a failure; every
// failure throws.
import type { StoredEvent } from '../../persistence/index.ts';
import type { Clock, Log, Random } from '../../values/index.ts';
import type { StreamPosition } from '../streams/positions.ts';

/** A write that carried events, in change stream order. */
export interface Change {
  /** Its clusterTime, 16 hex digits. */
  readonly time: string;
  readonly events: readonly StoredEvent[];
}

export interface ChangeBatch {
  readonly changes: readonly Change[];
  /** Everything before this time (16 hex digits) has been read; of this very time perhaps only a part. */
  readonly upTo: string;
  /** The stream has ended here (the database was dropped). */
  readonly ended: boolean;
}

export interface OpenChanges {
  /**
   * The next batch, in order; waits for changes for a bounded time (default 1 s) and may be empty. One call at a time.
   */
  next(awaitMs?: number): Promise<ChangeBatch>;
  /** Closes the cursor in the background; never throws. */
  close(): void;
}

/** What the relays of a domain have agreed on, in the service's own MongoDB. */
export interface RelayRecord {
  /** Random id of this database; renewed after a restore. */
  readonly source: string;
  /** Time of the very first start: no event is older. */
  readonly start: string;
  /** Position from which some platform consumer may still need events. */
  readonly needed: string;
  /** '' or the position before which events were lost with the oplog. */
  readonly completeFrom: string;
  /** What this database was called before it was restored: its streams of that name are rebuilt. */
  readonly formerSources?: readonly string[] | undefined;
  /**
   * The newest finished resync: every document was re-emitted by a snapshot written at or after `from` and before
   * `until`.
   */
  readonly snapshots?: { readonly from: string; readonly until: string } | undefined;
  /** Some consumer needs snapshots that were written at or after this position. */
  readonly snapshotsWanted?: string | undefined;
}

/** One database's oplog and the relays' record in it. */
export interface ChangeLog {
  /** The record; made now, once for all relays, if there is none. */
  agree(): Promise<RelayRecord>;
  /**
   * Opens the changes at a time, inclusive. Throws HistoryLost (here or at the first `next`) when the oplog no longer
   * reaches back.
   */
  open(time: string): Promise<OpenChanges>;
  saveNeeded(record: RelayRecord, needed: string): Promise<void>;
  /**
   * After HistoryLost: declares everything before now lost, once for all relays (a no-op when the record has changed
   * meanwhile).
   */
  declareLost(record: RelayRecord): Promise<void>;
  /** Asks for a resync from now on, unless one is asked for already. */
  wantSnapshots?(record: RelayRecord): Promise<void>;
}

/** The oplog no longer holds the time asked for (MongoDB: 286 ChangeStreamHistoryLost). */
export class HistoryLost extends Error {
  override readonly name = 'HistoryLost';
}

/** One partition's share of a batch. */
export interface Append {
  readonly partition: number;
  /** The position that the relay believes in; '' when it read it as missing. */
  readonly believed: string;
  /** The position after this share. */
  readonly to: string;
  /**
   * Where the run began, '' = with the first event ever: where a stream begins whose position is made by this append. A
   * position that is there although it was read as missing must reach it.
   */
  readonly beginsAt: string;
  /** id, body, id, body ... in order. */
  readonly entries: readonly string[];
}

export type AppendAnswer =
  | { readonly kind: 'appended'; readonly count: number }
  /**
   * The stored position is older than believed, or than where the run began, or lacks its stream: Redis has lost
   * something, or got it back.
   */
  | { readonly kind: 'rewind'; readonly stored: string }
  /** Somebody else wrote above the position; the stream and its position are deleted. */
  | { readonly kind: 'foreign'; readonly lastId: string }
  /** The stream belongs to another database. */
  | { readonly kind: 'wrong-source'; readonly source: string };

/** What a group outside the platform may still need of a stream. */
export interface OutsideGroup {
  readonly name: string;
  /** Everything up to this id is acknowledged. */
  readonly acknowledgedTo: string;
}

/** One partition at one moment. */
export interface StreamSurvey {
  readonly partition: number;
  readonly position: StreamPosition | undefined;
  /** The highest id ever in the stream; '0-0' when there is no stream. */
  readonly lastId: string;
  /** The oldest entry still there. */
  readonly firstId: string | undefined;
  /** Consumer service -> `<source>|<last id>`. */
  readonly cursors: ReadonlyMap<string, string>;
  readonly groups: readonly OutsideGroup[];
}

/** A connection to the streams that dies for good with its first failure. */
export interface OpenStreams {
  /** Positions by partition, undefined where missing. */
  positions(): Promise<(StreamPosition | undefined)[]>;
  /**
   * Appends each share in one atomic step of its own; the answers are in the order asked. Throws when any share was
   * refused by the server.
   */
  append(record: RelayRecord, shares: readonly Append[]): Promise<AppendAnswer[]>;
  survey(): Promise<StreamSurvey[]>;
  /** Used share of the memory limit, 0 to 1; 0 without a limit. */
  memoryShare(): Promise<number>;
  /** Bytes of all partitions, estimated. */
  bytes(): Promise<number>;
  /** Removes entries below `minId` and notes that the stream begins there; returns how many were removed. */
  trim(partition: number, minId: string): Promise<number>;
  /** Removes an outside group and leaves a note of when and why. */
  cutOff(partition: number, group: string, reason: string): Promise<void>;
  /**
   * Notes that snapshots of everything are in the stream from this position on. Without it relays take no part in
   * resyncs.
   */
  noteSnapshots?(partition: number, source: string, from: string): Promise<void>;
  /** Deletes the stream and its position if they belong to this source. */
  discard?(partition: number, source: string): Promise<void>;
  close(): void;
}

export interface EventStreams {
  open(): Promise<OpenStreams>;
}

/** Leadership among the relays of a domain. It only saves work: two leaders do no harm. */
export interface Leadership {
  /** Tries once; undefined when another relay leads. Rejects when Redis is down. */
  take(): Promise<{ extend(): Promise<boolean>; release(): Promise<void> } | undefined>;
  close(): void;
}

export interface RelayPorts {
  readonly changeLog: ChangeLog;
  readonly streams: EventStreams;
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
