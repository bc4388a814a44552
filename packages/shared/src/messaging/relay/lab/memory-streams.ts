// Event streams in memory, for tests and simulation of what is built over the port. Kept true by the same conformance
// suite that the Redis adapter passes.
import { partitionCount } from '../../../values/index.ts';
import {
  compareIds,
  emptyStreamId,
  firstIdAt,
  later,
  positionAfter,
  type StreamPosition,
} from '../../streams/positions.ts';
import type { Append, AppendAnswer, EventStreams, OpenStreams, RelayRecord, StreamSurvey } from '../ports.ts';

export type Entry = readonly [id: string, text: string];

interface Stream {
  entries: Entry[];
  lastId: string;
}

export interface MemoryStreams extends EventStreams {
  readonly streams: Map<number, Stream>;
  readonly positionsHeld: Map<number, StreamPosition>;
  readonly cursors: Map<number, Map<string, string>>;
  memoryShare: number;
  entries(partition: number): readonly Entry[];
  /** The steps of an open connection, at once: for a simulator that decides itself when a call arrives. */
  append(record: RelayRecord, share: Append): AppendAnswer;
  surveys(): StreamSurvey[];
  trim(partition: number, minId: string): number;
  noteSnapshots(partition: number, source: string, from: string): void;
  /** Everything is gone, as after FLUSHALL. */
  clear(): void;
  /** A copy of everything; the returned function puts it back, as a restart from an older file does. */
  snapshot(): () => void;
}

function fill(stream: Stream, entries: readonly string[]): number {
  let added = 0;
  for (let n = 0; n + 1 < entries.length; n += 2) {
    const id = entries[n]!;
    if (compareIds(id, stream.lastId) <= 0) continue;
    stream.entries.push([id, entries[n + 1]!]);
    stream.lastId = id;
    added += 1;
  }
  return added;
}

function appendTo(
  memory: MemoryStreams,
  record: RelayRecord,
  { partition, believed, to, entries, beginsAt }: Append,
): AppendAnswer {
  const { streams, positionsHeld } = memory;
  const held = positionsHeld.get(partition);
  if (held && held.source !== record.source) return { kind: 'wrong-source', source: held.source };
  if (held && !streams.has(partition)) {
    positionsHeld.delete(partition);
    return { kind: 'rewind', stored: '' };
  }
  if ((held?.at ?? '') < believed) return { kind: 'rewind', stored: held?.at ?? '' };
  if (held && believed === '' && held.at < beginsAt) return { kind: 'rewind', stored: held.at };
  const stream = streams.get(partition) ?? { entries: [], lastId: emptyStreamId };
  if (compareIds(stream.lastId, held ? firstIdAt(held.at) : '0-2') >= 0) {
    streams.delete(partition);
    positionsHeld.delete(partition);
    return { kind: 'foreign', lastId: stream.lastId };
  }
  streams.set(partition, stream);
  const count = fill(stream, entries);
  positionsHeld.set(partition, {
    source: record.source,
    at: later(held?.at ?? '', to),
    completeFrom: later(held?.completeFrom ?? '', record.completeFrom),
    beginsAt: held ? held.beginsAt : beginsAt,
    ...(held?.snapshotsFrom === undefined ? {} : { snapshotsFrom: held.snapshotsFrom }),
  });
  return { kind: 'appended', count };
}

function surveyOf(memory: MemoryStreams, partition: number): StreamSurvey {
  const stream = memory.streams.get(partition);
  return {
    partition,
    position: memory.positionsHeld.get(partition),
    lastId: stream?.lastId ?? '0-0',
    firstId: stream?.entries[0]?.[0],
    cursors: new Map(memory.cursors.get(partition)),
    groups: [],
  };
}

function trimTo(memory: MemoryStreams, partition: number, minId: string): number {
  const stream = memory.streams.get(partition);
  const position = memory.positionsHeld.get(partition);
  if (!stream || !position) return 0;
  const kept = stream.entries.filter(([id]) => compareIds(id, minId) >= 0);
  const removed = stream.entries.length - kept.length;
  stream.entries = kept;
  const beginsAt = positionAfter(minId);
  if (removed > 0 && position.beginsAt < beginsAt) memory.positionsHeld.set(partition, { ...position, beginsAt });
  return removed;
}

/** Empty streams; each connection fails for good after `close`. */
export function createMemoryStreams(): MemoryStreams {
  const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
  const memory: MemoryStreams = {
    streams: new Map(),
    positionsHeld: new Map(),
    cursors: new Map(),
    memoryShare: 0,
    entries: (partition) => memory.streams.get(partition)?.entries ?? [],
    append: (record, share) => appendTo(memory, record, share),
    surveys: () => partitions.map((partition) => surveyOf(memory, partition)),
    trim: (partition, minId) => trimTo(memory, partition, minId),
    noteSnapshots(partition, source, from) {
      const held = memory.positionsHeld.get(partition);
      if (held?.source !== source || (held.snapshotsFrom ?? '') >= from) return;
      memory.positionsHeld.set(partition, { ...held, snapshotsFrom: from });
    },
    clear() {
      memory.streams.clear();
      memory.positionsHeld.clear();
      memory.cursors.clear();
    },
    snapshot() {
      const streams = structuredClone(memory.streams);
      const positions = structuredClone(memory.positionsHeld);
      const cursors = structuredClone(memory.cursors);
      return () => {
        memory.clear();
        for (const [partition, stream] of streams) memory.streams.set(partition, stream);
        for (const [partition, position] of positions) memory.positionsHeld.set(partition, position);
        for (const [partition, published] of cursors) memory.cursors.set(partition, published);
      };
    },
    async open() {
      let closed = false;
      const ask = async <T>(answer: () => T): Promise<T> => {
        if (closed) throw new Error('connection is closed');
        return answer();
      };
      const open: OpenStreams = {
        positions: () => ask(() => partitions.map((partition) => memory.positionsHeld.get(partition))),
        append: (record, shares) => ask(() => shares.map((share) => memory.append(record, share))),
        survey: () => ask(memory.surveys),
        memoryShare: () => ask(() => memory.memoryShare),
        bytes: () => ask(() => 0),
        trim: (partition, minId) => ask(() => memory.trim(partition, minId)),
        cutOff: () => ask(() => undefined),
        close: () => {
          closed = true;
        },
      };
      return open;
    },
  };
  return memory;
}
