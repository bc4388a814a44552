// A tail on a real Redis: what a forger writes above the position is not delivered, and does not make it deaf.
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, test } from 'vitest';
import { connectRedis, positionKey, type Redis, streamKey } from '../../redis/index.ts';
import { testName, testServers, until } from '../../testing/index.ts';
import { silentLog } from '../../values/index.ts';
import { positionAfter } from './positions.ts';
import { type Tail, tailStreams } from './tail.ts';

const { redisUrl } = testServers();
let generation: string;
let stream: string;
let redis: Redis;
let tail: Tail;
let heard: string[];

beforeEach(async () => {
  generation = testName('tail');
  stream = streamKey(generation, 'orders', 3);
  redis = connectRedis(redisUrl, { purpose: 'test' });
  heard = [];
  tail = await tailStreams({
    redisUrl,
    generation,
    stream: 'orders',
    log: silentLog,
    onEntry: (event) => heard.push(event.id),
  });
});
afterEach(async () => {
  await tail.stop();
  await redis.del(stream, positionKey(stream));
  redis.disconnect();
});

const untilHeard = (...names: string[]) =>
  until(() => isDeepStrictEqual(heard, names), { what: `${names} are heard`, timeoutMs: 5_000 });
const nowSeconds = () => Math.floor(Date.now() / 1_000);
const add = (id: string, name: string) => redis.xadd(stream, id, 'e', JSON.stringify({ id: name }));
const publish = async (id: string, name: string) => {
  await redis.hset(positionKey(stream), { source: 's', at: positionAfter(id) });
  await add(id, name);
};

test('an entry above the position is passed over until the stream is made anew, and the next one is heard', async () => {
  const seconds = nowSeconds();
  await publish(`${seconds}-1`, 'first');
  await untilHeard('first');
  await add(`${seconds + 3_600}-0`, 'forged');
  await until(hasAsked, { what: 'the tail asks for more', timeoutMs: 5_000 });
  await redis.del(stream);
  await publish(`${seconds}-1`, 'first');
  await publish(`${seconds}-2`, 'second');
  await untilHeard('first', 'second');
});

test('who starts behind an entry above the position hears what is published next', async () => {
  const seconds = nowSeconds();
  await publish(`${seconds}-1`, 'before');
  await add(`${seconds + 3_600}-0`, 'forged');
  await tail.stop();
  heard = [];
  tail = await tailStreams({
    redisUrl,
    generation,
    stream: 'orders',
    log: silentLog,
    onEntry: (event) => heard.push(event.id),
  });
  await redis.del(stream);
  await publish(`${seconds}-1`, 'before');
  await publish(`${seconds}-2`, 'after');
  await untilHeard('after');
});

test('an entry that is ahead of our clock, but published, is heard', async () => {
  await publish(`${nowSeconds() + 3_600}-1`, 'from a fast clock');
  await untilHeard('from a fast clock');
});

/** The tail has met an entry that made it ask for the position. */
async function hasAsked(): Promise<boolean> {
  const clients = String(await redis.client('LIST')).split('\n');
  return clients.some((line) => line.includes('name=holdfast-tail-orders-positions') && line.includes('cmd=hmget'));
}
