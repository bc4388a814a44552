// How current a consumer's effects are: the moment up to which it has applied everything that a domain has changed.
// Every process can ask, whichever owns the partition. Invariant: a watermark is never later than the truth, and never
// goes back. It stands still while the domain's relay, Redis or the consumer does, and advances by itself while nothing
// changes.
import { connectRedis, cursorsKey, positionKey, type Redis, streamKey } from '../../redis/index.ts';
import { type Clock, type Log, partitionCount, sleep, systemClock } from '../../values/index.ts';
import { watermarkFirstMs, watermarkMs } from './limits.ts';
import { hasMissed, parseId, positionFields, readStreamPosition, type StreamPosition, timeParts } from './positions.ts';

export interface WatermarkOptions {
  readonly redisUrl: string;
  readonly generation: string;
  /** The domain that changes. */
  readonly stream: string;
  /** The service whose consumer applies the changes. */
  readonly consumer: string;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface Watermarks {
  /**
   * Milliseconds since 1970 by the clock of the domain's database, whole seconds; undefined while nothing is known of
   * the partition.
   */
  of(partition: number): number | undefined;
  /** The least current of all partitions; undefined while one of them is unknown. */
  oldest(): number | undefined;
  stop(): Promise<void>;
}

/** What is seen of one partition at a moment. */
export interface Sighting {
  readonly position: StreamPosition | undefined;
  /** The cursor that the consumer publishes. */
  readonly cursor: { readonly source: string; readonly lastId: string } | undefined;
  /** The first entry after the cursor, looked up after the position was read; undefined when there was none. */
  readonly nextId: string | undefined;
}

/** The moment up to which everything is applied; undefined when this sighting does not tell. */
export function watermarkOf({ position, cursor, nextId }: Sighting): number | undefined {
  if (!position || cursor?.source !== position.source) return undefined;
  // Entries that are lost for the consumer may have come right after the last one that it has.
  if (hasMissed(cursor.lastId, position)) return parseId(cursor.lastId)[0] * 1_000;
  const publishedMs = timeParts(position.at).seconds * 1_000;
  return nextId === undefined ? publishedMs : Math.min(publishedMs, parseId(nextId)[0] * 1_000);
}

/** Looks at all partitions once a second, in two round trips; starts without Redis. */
export function followWatermarks(options: WatermarkOptions): Watermarks {
  const { redisUrl, generation, stream, consumer, log, clock = systemClock } = options;
  const redis = connectRedis(redisUrl, { purpose: `${consumer}-watermarks` });
  const keys = Array.from({ length: partitionCount }, (_, n) => streamKey(generation, stream, n));
  const marks = new Map<number, number>();
  const stopping = new AbortController();
  let failures = 0;
  const look = async () => {
    for (const [partition, sighting] of (await sight(redis, keys, consumer)).entries()) {
      const mark = watermarkOf(sighting);
      if (mark !== undefined && mark > (marks.get(partition) ?? -1)) marks.set(partition, mark);
    }
    failures = 0;
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await look().catch((error) => {
        failures += 1;
        if (failures % 60 === 1) log.warn({ err: error, stream }, 'watermarks are not read');
      });
      await sleep(clock, marks.size < partitionCount ? watermarkFirstMs : watermarkMs, stopping.signal);
    }
  })();
  return {
    of: (partition) => marks.get(partition),
    oldest: () => (marks.size < partitionCount ? undefined : Math.min(...marks.values())),
    async stop() {
      stopping.abort();
      redis.disconnect();
      await running;
    },
  };
}

async function sight(redis: Redis, keys: readonly string[], consumer: string): Promise<Sighting[]> {
  const heads = redis.pipeline();
  for (const key of keys) heads.hmget(positionKey(key), ...positionFields).hget(cursorsKey(key), consumer);
  const replies = repliesOf(await heads.exec());
  const seen = keys.map((key, n) => ({
    key,
    position: readStreamPosition(replies[2 * n] as (string | null)[]),
    cursor: readCursor(replies[2 * n + 1] as string | null),
  }));
  // After the positions: what they cover is in the stream by now.
  const tails = redis.pipeline();
  for (const { key, cursor } of seen) tails.xrange(key, `(${cursor?.lastId ?? '0-0'}`, '+', 'COUNT', 1);
  const next = repliesOf(await tails.exec()) as [id: string, fields: string[]][][];
  return seen.map(({ position, cursor }, n) => ({ position, cursor, nextId: next[n]?.[0]?.[0] }));
}

function readCursor(text: string | null): Sighting['cursor'] {
  const [source, lastId] = text?.split('|') ?? [];
  // Of a consumer that lacks events the second part is no id.
  return source && lastId && /^\d+-\d+$/.test(lastId) ? { source, lastId } : undefined;
}

function repliesOf(results: [Error | null, unknown][] | null): unknown[] {
  if (!results) throw new Error('the pipeline was dropped');
  for (const [error] of results) if (error) throw error;
  return results.map(([, reply]) => reply);
}
