// The Redis adapter under the suite that every implementation of the port passes, and what only Redis has: outside
// groups, memory.
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { connectRedis, cursorsKey, cutOffKey, streamKey } from '../../redis/index.ts';
import { testServers } from '../../testing/installation.ts';
import { positionAt, streamId, timeText } from '../streams/positions.ts';
import { redisEventStreams } from './event-streams.ts';
import { streamsConformance } from './lab/streams-conformance.ts';

const { redisUrl } = testServers();
const domain = 'orders';

streamsConformance('Redis', async () => {
  const generation = `g-${randomUUID()}`;
  const redis = connectRedis(redisUrl, { purpose: 'test' });
  const key = (partition: number) => streamKey(generation, domain, partition);
  return {
    port: redisEventStreams({ redisUrl, domain, generation }),
    entries: async (partition) =>
      (await redis.xrange(key(partition), '-', '+')).map(([id, fields]) => [id, fields[1]!] as const),
    add: async (partition, id) => void (await redis.xadd(key(partition), id, 'e', 'foreign')),
    dropStream: async (partition) => void (await redis.del(key(partition))),
    publishCursor: async (partition, consumer, text) =>
      void (await redis.hset(cursorsKey(key(partition)), consumer, text)),
    end: async () => redis.disconnect(),
  };
});

test('outside groups: what they acknowledged, and how they are cut off', async () => {
  const generation = `g-${randomUUID()}`;
  const redis = connectRedis(redisUrl, { purpose: 'test' });
  const open = await redisEventStreams({ redisUrl, domain, generation }).open();
  const key = streamKey(generation, domain, 5);
  const record = { source: 'db', start: timeText(1, 1), needed: '', completeFrom: '' };
  const id = (ordinal: number) => streamId(timeText(50, 1), ordinal);
  const entries = [id(0), 'a', id(1), 'b', id(2), 'c'];
  const to = positionAt(timeText(50, 1), 3);
  await open.append(record, [{ partition: 5, believed: '', to, entries, beginsAt: '' }]);
  await redis.xgroup('CREATE', key, 'outside', '0');
  const acknowledged = async () => (await open.survey())[5]!.groups;
  expect(await acknowledged()).toEqual([{ name: 'outside', acknowledgedTo: '0-0' }]);
  await redis.xreadgroup('GROUP', 'outside', 'one', 'COUNT', 3, 'STREAMS', key, '>');
  await redis.xack(key, 'outside', id(0));
  expect(await acknowledged()).toEqual([{ name: 'outside', acknowledgedTo: id(0) }]);
  await redis.xack(key, 'outside', id(1), id(2));
  expect(await acknowledged()).toEqual([{ name: 'outside', acknowledgedTo: id(2) }]);
  await open.cutOff(5, 'outside', 'too slow');
  expect(await acknowledged()).toEqual([]);
  expect(await redis.hget(cutOffKey(key), 'outside')).toBe('too slow');
  expect(await open.bytes()).toBeGreaterThan(0);
  expect(await open.memoryShare()).toBeLessThan(1);
  open.close();
  redis.disconnect();
});

test('an unreachable Redis fails at once, and so does a connection that was cut', async () => {
  await expect(
    redisEventStreams({ redisUrl: 'redis://127.0.0.1:1', domain, generation: 'g' }).open(),
  ).rejects.toThrow();
  const redis = connectRedis(redisUrl, { purpose: 'test' });
  const open = await redisEventStreams({ redisUrl, domain: 'cut', generation: 'g' }).open();
  const list = String(await redis.client('LIST'));
  const own = list.split('\n').find((line) => line.includes('name=holdfast-relay-cut'))!;
  await redis.client('KILL', 'ID', /id=(\d+)/.exec(own)![1]!);
  await expect(open.positions()).rejects.toThrow();
  await expect(open.positions()).rejects.toThrow();
  redis.disconnect();
});
