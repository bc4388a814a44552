// Places in a database's oplog as stream ids and as positions. Part of the stream format: a change is a new generation.
// Invariant: both sort like the oplog, so a stored position below the one believed in proves that Redis lost something.
// - time: clusterTime as 16 hex digits, 8 of seconds and 8 of increment
// - position: time + 6 hex digits, how many events of that very time are published; all before it are in the stream
// - stream id: `<seconds>-<increment * 2^20 + ordinal>`, the ordinal counting the events of one clusterTime
import { ordinalsPerTime } from './limits.ts';

/** The position before everything. */
export const zeroPosition = '0'.repeat(22);

/** The id of a stream that was made and has no entry yet; also where a consumer starts. */
export const emptyStreamId = '0-1';

/** What a consumer publishes instead of its database's id when events that it never saw are no longer in the stream. */
export const lackingSource = 'lacking';

/** clusterTime (seconds, increment) as 16 hex digits. */
export function timeText(seconds: number, increment: number): string {
  return seconds.toString(16).padStart(8, '0') + increment.toString(16).padStart(8, '0');
}

/** The seconds and the increment of a time or a position. */
export function timeParts(text: string): { seconds: number; increment: number } {
  return { seconds: Number.parseInt(text.slice(0, 8), 16), increment: Number.parseInt(text.slice(8, 16), 16) };
}

/** The next possible clusterTime. */
export function timeAfter(time: string): string {
  const { seconds, increment } = timeParts(time);
  return increment === 0xffffffff ? timeText(seconds + 1, 0) : timeText(seconds, increment + 1);
}

/** The position at a time with `count` events of that time published. */
export function positionAt(time: string, count: number): string {
  return time + count.toString(16).padStart(6, '0');
}

/** The id of the event number `ordinal` (from 0) of a time. */
export function streamId(time: string, ordinal: number): string {
  const { seconds, increment } = timeParts(time);
  return `${seconds}-${increment * ordinalsPerTime + ordinal}`;
}

/** The position right after this entry: its time, with it and all before it published. */
export function positionAfter(id: string): string {
  const [seconds, sequence] = parseId(id);
  return positionAt(timeText(seconds, Math.floor(sequence / ordinalsPerTime)), (sequence % ordinalsPerTime) + 1);
}

/** The smallest id that is not covered by a position: everything below it is in the stream. */
export function firstIdAt(position: string): string {
  const { seconds, increment } = timeParts(position);
  return `${seconds}-${increment * ordinalsPerTime + Number.parseInt(position.slice(16), 16)}`;
}

/** Seconds and sequence of a stream id. */
export function parseId(id: string): [seconds: number, sequence: number] {
  const dash = id.indexOf('-');
  return [Number(id.slice(0, dash)), Number(id.slice(dash + 1))];
}

/** The greatest id below this one (not 0-0). */
export function idBefore(id: string): string {
  const [seconds, sequence] = parseId(id);
  return sequence > 0 ? `${seconds}-${sequence - 1}` : `${seconds - 1}-18446744073709551615`;
}

/** Negative, 0 or positive, as stream ids sort. */
export function compareIds(a: string, b: string): number {
  const [aSeconds, aSequence] = parseId(a);
  const [bSeconds, bSequence] = parseId(b);
  return aSeconds - bSeconds || aSequence - bSequence;
}

/** The smaller of two positions (text order). */
export function earlier(a: string, b: string): string {
  return a < b ? a : b;
}

/** The greater of two positions (text order). */
export function later(a: string, b: string): string {
  return a < b ? b : a;
}

/** The hash `<stream>:position` of a stream. */
export interface StreamPosition {
  /** Random id of the database whose oplog the ids come from. */
  readonly source: string;
  /** Everything before it is published. */
  readonly at: string;
  /**
   * Events before it may be lost for ever (the oplog did not reach back): a cursor before it must be resynchronised. ''
   * = never happened.
   */
  readonly completeFrom: string;
  /**
   * The stream no longer holds what came before (trimmed, or rebuilt from what was still needed). '' = it holds
   * everything.
   */
  readonly beginsAt: string;
  /** Snapshots of all documents of the domain are in the stream from here on. '' or undefined = never taken. */
  readonly snapshotsFrom?: string | undefined;
}

/** Reads the reply of HMGET with `positionFields`; undefined when the stream has no position. */
export function readStreamPosition(reply: readonly (string | null)[]): StreamPosition | undefined {
  const [source, at, completeFrom, beginsAt, snapshotsFrom] = reply;
  if (!source || !at) return undefined;
  const position = { source, at, completeFrom: completeFrom ?? '', beginsAt: beginsAt ?? '' };
  return snapshotsFrom ? { ...position, snapshotsFrom } : position;
}

export const positionFields = ['source', 'at', 'completeFrom', 'beginsAt', 'snapshotsFrom'] as const;

/** True when an entry lies above its stream's position (read after the entry): somebody else wrote it. */
export function isForeign(id: string, position: StreamPosition): boolean {
  return positionAfter(id) > position.at;
}

/**
 * True when a consumer that has applied everything up to `lastId` (undefined: a new consumer, nothing yet) can no
 * longer learn all from this stream. A consumer that has a cursor is protected from trimming, so for it only a hole in
 * the oplog counts. What is missing and was re-emitted as snapshots further on in the stream is not missed: a consumer
 * that reads on from `lastId` gets to them.
 */
export function hasMissed(lastId: string | undefined, position: StreamPosition): boolean {
  const { completeFrom, beginsAt, snapshotsFrom = '' } = position;
  if (lastId === undefined) return (beginsAt !== '' || completeFrom !== '') && !isCoveredBySnapshots(position);
  // A stream that begins after the snapshots was trimmed where no cursor needed anything: it had nothing for this one.
  return positionAfter(lastId) < completeFrom && (snapshotsFrom === '' || snapshotsFrom < completeFrom);
}

/** True when snapshots in the stream cover whatever is not in it any more. */
export function isCoveredBySnapshots({ completeFrom, beginsAt, snapshotsFrom = '' }: StreamPosition): boolean {
  return snapshotsFrom !== '' && snapshotsFrom >= completeFrom && snapshotsFrom >= beginsAt;
}
