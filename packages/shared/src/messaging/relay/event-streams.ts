// The streams of one domain in Redis. Invariant: a connection is never renewed and nothing is ever sent twice; after
// the first failure it is useless, and the relay restarts from the stored positions.
import {
  assertDurable,
  connectRedis,
  cursorsKey,
  cutOffKey,
  field,
  positionKey,
  type Redis,
  streamKey,
} from '../../redis/index.ts';
import { partitionCount } from '../../values/index.ts';
import { positionAfter, positionFields, readStreamPosition } from '../streams/positions.ts';
import { appendScript, discardScript, noteSnapshotsScript, surveyScript, trimScript } from './append-script.ts';
import type { Append, AppendAnswer, EventStreams, OpenStreams, StreamSurvey } from './ports.ts';

export interface RedisStreamsOptions {
  readonly redisUrl: string;
  readonly domain: string;
  readonly generation: string;
}

interface Call {
  readonly hash: string;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);

/** Runs scripts in one round trip; throws the first error after all have answered. */
async function evaluate(redis: Redis, calls: readonly Call[]): Promise<unknown[]> {
  const pipeline = redis.pipeline();
  for (const { hash, keys, args } of calls) pipeline.evalsha(hash, keys.length, ...keys, ...args);
  return replies(await pipeline.exec());
}

function replies(results: [Error | null, unknown][] | null): unknown[] {
  if (!results) throw new Error('the pipeline was dropped');
  for (const [error] of results) if (error) throw error;
  return results.map(([, reply]) => reply);
}

function toAnswer(reply: unknown): AppendAnswer {
  const [kind, detail] = reply as [AppendAnswer['kind'], string | number];
  if (kind === 'appended') return { kind, count: Number(detail) };
  if (kind === 'rewind') return { kind, stored: String(detail) };
  if (kind === 'foreign') return { kind, lastId: String(detail) };
  return { kind: 'wrong-source', source: String(detail) };
}

function pairs(flat: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let n = 0; n + 1 < flat.length; n += 2) found.push([flat[n]!, flat[n + 1]!]);
  return found;
}

function toSurvey(reply: unknown, partition: number): StreamSurvey {
  const [position, lastId, firstId, cursors, groups] = reply as [(string | null)[], string, string, string[], string[]];
  return {
    partition,
    position: readStreamPosition(position),
    lastId,
    firstId: firstId === '' ? undefined : firstId,
    cursors: new Map(pairs(cursors)),
    groups: pairs(groups).map(([name, acknowledgedTo]) => ({ name, acknowledgedTo })),
  };
}

async function openStreams({ redisUrl, domain, generation }: RedisStreamsOptions): Promise<OpenStreams> {
  const redis = connectRedis(redisUrl, { purpose: `relay-${domain}`, retry: 'never' });
  const streams = partitions.map((partition) => streamKey(generation, domain, partition));
  const stream = (partition: number) => streams[partition]!;
  const load = (script: string) => redis.script('LOAD', script) as Promise<string>;
  try {
    await redis.connect();
    // Checked at every connection: the Redis that comes back may be another one.
    await assertDurable(redis);
    const scripts = [appendScript, surveyScript, trimScript, noteSnapshotsScript, discardScript];
    const [append, survey, trim, note, discard] = (await Promise.all(scripts.map(load))) as [
      string,
      string,
      string,
      string,
      string,
    ];
    return {
      async positions() {
        const pipeline = redis.pipeline();
        for (const key of streams) pipeline.hmget(positionKey(key), ...positionFields);
        return replies(await pipeline.exec()).map((reply) => readStreamPosition(reply as (string | null)[]));
      },
      async append(record, shares) {
        const call = ({ partition, believed, to, entries, beginsAt }: Append): Call => ({
          hash: append,
          keys: [stream(partition), positionKey(stream(partition))],
          args: [record.source, believed, to, record.completeFrom, beginsAt, ...entries],
        });
        return (await evaluate(redis, shares.map(call))).map(toAnswer);
      },
      async survey() {
        const call = (key: string): Call => ({
          hash: survey,
          keys: [key, positionKey(key), cursorsKey(key)],
          args: [],
        });
        return (await evaluate(redis, streams.map(call))).map(toSurvey);
      },
      async memoryShare() {
        const info = await redis.info('memory');
        const limit = Number(field(info, 'maxmemory') ?? 0);
        return limit > 0 ? Number(field(info, 'used_memory') ?? 0) / limit : 0;
      },
      async bytes() {
        const pipeline = redis.pipeline();
        for (const key of streams) pipeline.memory('USAGE', key);
        return replies(await pipeline.exec()).reduce<number>((sum, bytes) => sum + Number(bytes ?? 0), 0);
      },
      async trim(partition, minId) {
        const key = stream(partition);
        const [removed] = await evaluate(redis, [
          { hash: trim, keys: [key, positionKey(key)], args: [minId, positionAfter(minId)] },
        ]);
        return Number(removed);
      },
      async cutOff(partition, group, reason) {
        const key = stream(partition);
        await redis.xgroup('DESTROY', key, group);
        await redis.hset(cutOffKey(key), group, reason);
      },
      async noteSnapshots(partition, source, from) {
        await evaluate(redis, [{ hash: note, keys: [positionKey(stream(partition))], args: [source, from] }]);
      },
      async discard(partition, source) {
        const key = stream(partition);
        await evaluate(redis, [{ hash: discard, keys: [key, positionKey(key)], args: [source] }]);
      },
      close: () => redis.disconnect(),
    };
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}

/** The streams of a domain on one Redis. */
export function redisEventStreams(options: RedisStreamsOptions): EventStreams {
  return { open: () => openStreams(options) };
}
