// The event streams of one Redis, as consumers see them. Reads are one XREAD over all owned partitions and domains.
// Invariant: positions are read after the entries, so an entry above its position cannot be the relay's.
import { connectRedis, cursorsKey, positionKey, streamKey } from '../../redis/index.ts';
import { openBlockingReader } from '../streams/blocking-read.ts';
import { positionFields, readStreamPosition } from '../streams/positions.ts';
import type { EventStreams, StreamRef } from './ports.ts';

export interface StreamsOptions {
  readonly redisUrl: string;
  readonly generation: string;
  readonly service: string;
}

/** Connects lazily and for ever: while Redis is down every call rejects after a short time. */
export function openEventStreams({ redisUrl, generation, service }: StreamsOptions): EventStreams {
  const reader = openBlockingReader(redisUrl, `${service}-consumer`);
  const redis = connectRedis(redisUrl, { purpose: `${service}-consumer` });
  const keyOf = ({ domain, partition }: StreamRef) => streamKey(generation, domain, partition);

  return {
    // A blocked XREAD is answered for the first stream that gets an entry, within the command that added it; the others
    // had none at that moment, or the read would not have blocked. So one answer is one moment of all streams.
    async read(from, { countMax, blockMs }) {
      const found = await reader.read(new Map(from.map((ref) => [keyOf(ref), ref.after])), countMax, blockMs);
      return (
        found &&
        from.flatMap(({ domain, partition }) => {
          const entries = found.get(keyOf({ domain, partition }));
          return entries ? [{ domain, partition, entries }] : [];
        })
      );
    },
    async states(refs) {
      const pipeline = redis.pipeline();
      for (const ref of refs) pipeline.hmget(positionKey(keyOf(ref)), ...positionFields);
      return answers(await pipeline.exec()).map((reply) => readStreamPosition(reply as (string | null)[]));
    },
    interrupt: () => reader.interrupt(),
    async publish(cursors) {
      const pipeline = redis.pipeline();
      for (const cursor of cursors) {
        pipeline.hset(cursorsKey(keyOf(cursor)), service, `${cursor.source}|${cursor.lastId}`);
      }
      answers(await pipeline.exec());
    },
    close() {
      reader.close();
      redis.disconnect();
    },
  };
}

function answers(replies: [error: Error | null, reply: unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
}
