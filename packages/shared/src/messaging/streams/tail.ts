// Following a stream without a cursor: who only wants to know what happens from now on (waiters, sockets). Invariant:
// from the moment it is positioned every entry is delivered once and in order per partition, also over an outage of
// Redis; what happened before it started is not, and a forged entry from the future does not make it deaf to the
// present.
import type { DomainEvent } from '../../contracts/index.ts';
import { outsideContext } from '../../persistence/context.ts';
import { connectRedis, positionKey, streamKey } from '../../redis/index.ts';
import { type Log, partitionCount, sleep, systemClock } from '../../values/index.ts';
import { openBlockingReader, type RawEntry } from './blocking-read.ts';
import { tailBlockMs, tailPauseMs, tailReadCountMax, tailSilenceSlackMs, tailSkewSeconds } from './limits.ts';
import { firstIdAt, idBefore, isForeign, parseId, positionFields, readStreamPosition } from './positions.ts';

export interface TailOptions {
  readonly redisUrl: string;
  /** Default `g1`. */
  readonly generation?: string;
  /** A domain, or `public`. */
  readonly stream: string;
  /**
   * The event of an entry's text, undefined for one that is not wanted: `read` of an event table. Default: every event,
   * its data not checked.
   */
  readonly read?: (text: string) => DomainEvent | undefined;
  /** Called in stream order; what it throws is logged and does not stop the tail. */
  readonly onEntry: (event: DomainEvent, at: { id: string; partition: number }) => void;
  readonly log: Log;
}

export interface Tail {
  /** `lagMs`: time since Redis last answered, when it should have answered by now; else 0. */
  status(): { readonly lagMs: number };
  stop(): Promise<void>;
}

/** Follows all partitions of a stream; resolves when it knows where it starts, waiting for Redis if need be. */
export async function tailStreams(options: TailOptions): Promise<Tail> {
  return outsideContext(async () => {
    const { redisUrl, generation = 'g1', stream } = options;
    const keys = Array.from({ length: partitionCount }, (_, n) => streamKey(generation, stream, n));
    const stop = new AbortController();
    const after = await positionTail(options, keys);
    const reader = openBlockingReader(redisUrl, `tail-${stream}`);
    const redis = connectRedis(redisUrl, { purpose: `tail-${stream}-positions` });
    const following = { reader, redis, after, keys, signal: stop.signal, answeredAtMs: systemClock.monotonicMs() };
    const running = follow(options, following);
    return {
      status() {
        const silentMs = Math.round(systemClock.monotonicMs() - following.answeredAtMs);
        return { lagMs: silentMs > tailBlockMs + tailSilenceSlackMs ? silentMs : 0 };
      },
      async stop() {
        stop.abort();
        reader.interrupt();
        await running;
        reader.close();
        redis.disconnect();
      },
    };
  });
}

async function positionTail(
  { redisUrl, stream, log }: TailOptions,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const redis = connectRedis(redisUrl, { purpose: `tail-${stream}-start` });
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return new Map(await Promise.all(keys.map(async (key) => [key, await newestId(redis, key)] as const)));
      } catch (error) {
        if (attempt % 10 === 1) log.warn({ err: error, stream }, 'tail waits for Redis');
        await sleep(systemClock, tailPauseMs);
      }
    }
  } finally {
    redis.disconnect();
  }
}

/**
 * The last id that the relay gave in a stream, also when its entries were trimmed; the beginning when there is no
 * stream. Behind an entry that somebody else wrote above the position we would wait until its time comes.
 */
async function newestId(redis: ReturnType<typeof connectRedis>, key: string): Promise<string> {
  if ((await redis.exists(key)) === 0) return '0-0';
  const info = (await redis.xinfo('STREAM', key)) as unknown[];
  const newest = String(info[info.indexOf('last-generated-id') + 1]);
  const position = readStreamPosition(await redis.hmget(positionKey(key), ...positionFields));
  if (position === undefined) return isFromTheFuture(newest) ? '0-0' : newest;
  return isForeign(newest, position) ? idBefore(firstIdAt(position.at)) : newest;
}

interface Following {
  readonly reader: ReturnType<typeof openBlockingReader>;
  readonly redis: ReturnType<typeof connectRedis>;
  readonly after: Map<string, string>;
  readonly keys: readonly string[];
  readonly signal: AbortSignal;
  /** By the monotonic clock. */
  answeredAtMs: number;
}

async function follow(options: TailOptions, following: Following): Promise<void> {
  const { reader, redis, after, keys, signal } = following;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const found = await reader.read(after, tailReadCountMax, tailBlockMs);
      // Only stopping interrupts.
      if (!found) return;
      following.answeredAtMs = systemClock.monotonicMs();
      failures = 0;
      for (const [key, entries] of found) {
        for (const entry of entries) {
          // Nothing behind it either: the relay throws the stream away and makes it anew.
          if (isFromTheFuture(entry.id) && (await isAbovePosition(redis, key, entry))) {
            await sleep(systemClock, tailPauseMs, signal);
            break;
          }
          after.set(key, entry.id);
          deliver(options, entry, keys.indexOf(key));
        }
      }
    } catch (error) {
      failures += 1;
      if (failures % 10 === 1) options.log.warn({ err: error, stream: options.stream }, 'tail lost Redis');
      await sleep(systemClock, tailPauseMs, signal);
    }
  }
}

/**
 * A cheap suspicion: ids are times of the database, so what the relay appends is from the past, give or take two
 * clocks.
 */
function isFromTheFuture(id: string): boolean {
  return parseId(id)[0] > Date.now() / 1_000 + tailSkewSeconds;
}

/**
 * Whether the entry is beyond what the relay has published: after it the tail would wait for ids that are years away.
 */
async function isAbovePosition(redis: Following['redis'], key: string, { id }: RawEntry): Promise<boolean> {
  const position = readStreamPosition(await redis.hmget(positionKey(key), ...positionFields));
  return position === undefined || isForeign(id, position);
}

function deliver(
  { read = JSON.parse, onEntry, log, stream }: TailOptions,
  { id, text }: RawEntry,
  partition: number,
): void {
  try {
    const event: DomainEvent | undefined = read(text);
    if (event) onEntry(event, { id, partition });
  } catch (error) {
    log.error({ err: error, stream, partition, id }, 'tail could not deliver an entry');
  }
}
