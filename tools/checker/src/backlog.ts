// How much is still on the road: orders without a decision, changes that no relay has published, entries that a
// consumer has not applied. Read from MongoDB and Redis themselves, not from what the services say of themselves.
import { setTimeout as delay } from 'node:timers/promises';
import { consumersOf, type StreamName } from '@holdfast/shared/contracts';
import { compareIds, positionAt, timeText } from '@holdfast/shared/messaging';
import { positionKey, streamKey } from '@holdfast/shared/redis';
import { partitionCount } from '@holdfast/shared/values';
import type { mongo } from 'mongoose';
import type { DatabaseNames, Reading } from './installation.ts';
import { recheckMs } from './limits.ts';

type Consumer = Exclude<keyof DatabaseNames, 'auth' | 'catalog'>;
type Cursor = { _id: string; domain: StreamName; partition: number; lastId: string };

export type Backlog = {
  /** Orders without a decision. */
  undecided: number;
  /** Streams whose position is before the moment asked for. */
  unpublished: string[];
  /** `<consumer> <stream>` whose cursor is before the stream's last entry. */
  unread: string[];
};

type Look = Backlog & {
  /** The last entry of each stream. */
  ends: ReadonlyMap<string, string>;
};

const streamNames = Object.keys(consumersOf) as StreamName[];

/** Now, in the database's own time, as the earliest position that covers it. */
export async function positionNow({ client }: Reading): Promise<string> {
  const { operationTime } = await client.db('admin').command({ ping: 1 });
  const { t, i } = operationTime as mongo.Timestamp;
  return positionAt(timeText(t, i), 0);
}

/** The backlog of everything that was written before this position. */
export async function readBacklog(reading: Reading, upTo: string): Promise<Backlog> {
  const { undecided, unpublished, unread } = await lookOnce(reading, upTo);
  return { undecided, unpublished, unread };
}

/** `upToEnds`: what counts as unread ends at these entries, whatever came after them. */
async function lookOnce(reading: Reading, upTo: string, upToEnds?: ReadonlyMap<string, string>): Promise<Look> {
  const { redis, generation } = reading;
  const undecided = await reading.db('orders').collection('orders').countDocuments({ status: 'PENDING' });
  // Cursors first: what they have passed is in the streams that are looked at afterwards.
  const cursors = await readCursors(reading);
  const found = new Map<string, string>();
  const look: Look = { undecided, unpublished: [], unread: [], ends: found };
  const ends = await Promise.all(
    streamNames.flatMap((domain) =>
      Array.from({ length: partitionCount }, async (_, partition) => {
        const stream = streamKey(generation, domain, partition);
        const [at, last] = await Promise.all([
          redis.hget(positionKey(stream), 'at'),
          redis.xrevrange(stream, '+', '-', 'COUNT', 1),
        ]);
        return { domain, partition, stream, at: at ?? '', lastId: last[0]?.[0] ?? '0-0' };
      }),
    ),
  );
  for (const { domain, partition, stream, at, lastId } of ends) {
    if (at < upTo) look.unpublished.push(stream);
    found.set(stream, lastId);
    const end = upToEnds?.get(stream) ?? lastId;
    for (const consumer of consumersOf[domain]) {
      const cursor = cursors.get(`${consumer}:${generation}:${domain}:${partition}`);
      if (end !== '0-0' && compareIds(cursor ?? '0-0', end) < 0) look.unread.push(`${consumer} ${stream}`);
    }
  }
  return look;
}

async function readCursors(reading: Reading): Promise<Map<string, string>> {
  const consumers = new Set(Object.values(consumersOf).flat()) as Set<Consumer>;
  const found = await Promise.all(
    [...consumers].map((consumer) => reading.db(consumer).collection<Cursor>('cursors').find().toArray()),
  );
  return new Map(found.flat().map((cursor) => [cursor._id, cursor.lastId]));
}

export type Rest = { rested: boolean; tookMs: number; left: Backlog };

type Wait = { maxMs: number; isOver: (look: Look) => boolean };

/** Looks until it is over or time is up; a server that is still coming up is checked again. */
async function lookUntil({ maxMs, isOver }: Wait, look: () => Promise<Look>): Promise<Rest> {
  const startedMs = performance.now();
  let left: Backlog = { undecided: 0, unpublished: ['not looked at yet'], unread: [] };
  for (;;) {
    const tookMs = Math.round(performance.now() - startedMs);
    try {
      const found = await look();
      left = { undecided: found.undecided, unpublished: found.unpublished, unread: found.unread };
      if (isOver(found)) return { rested: true, tookMs, left };
    } catch (error) {
      left = { ...left, unpublished: [`could not look: ${String(error)}`] };
    }
    if (tookMs > maxMs) return { rested: false, tookMs, left };
    await delay(recheckMs);
  }
}

/**
 * Waits until nothing is on the road: everything written is published, everything published is consumed, and consuming
 * it wrote nothing more. Gives up after `maxMs`, with what was left.
 */
export async function awaitRest(reading: Reading, maxMs: number): Promise<Rest> {
  let upTo: string | undefined;
  let before = '';
  const isOver = (look: Look) => {
    if (!isEmpty(look)) return false;
    const now = [...look.ends.values()].join(' ');
    const isQuiet = now === before;
    before = now;
    upTo = undefined;
    return isQuiet;
  };
  return lookUntil({ maxMs, isOver }, async () => {
    upTo ??= await positionNow(reading);
    return lookOnce(reading, upTo);
  });
}

/** Waits until what is published now has been consumed by everybody, while more is being written. */
export async function awaitPassed(reading: Reading, maxMs: number): Promise<Rest> {
  const upTo = await positionNow(reading);
  let ends: ReadonlyMap<string, string> | undefined;
  const isOver = ({ unpublished, unread, ends: now }: Look) => {
    if (unpublished.length > 0) return false;
    if (ends !== undefined) return unread.length === 0;
    ends = now;
    return false;
  };
  return lookUntil({ maxMs, isOver }, () => lookOnce(reading, upTo, ends));
}

function isEmpty({ undecided, unpublished, unread }: Backlog): boolean {
  return undecided === 0 && unpublished.length === 0 && unread.length === 0;
}
