// Redis loses data under the relay, in every way that we know of. The consumer must get each event exactly once and in
// order regardless.
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerHandle, startRedis } from '@holdfast/devstack';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { positionKey } from '../../redis/index.ts';
import { testServers } from '../../testing/installation.ts';
import { until } from '../../testing/until.ts';
import { type Lab, openLab } from './lab/lab.ts';

let redis: ServerHandle;
let folder: string;
let lab: Lab;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-relay-'));
  redis = await startRedis({ kind: 'streams', dataDir: join(folder, 'redis') });
});
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  await lab.redis.config('SET', 'maxmemory', '0');
  await lab.close();
});

async function open(name: string): Promise<Lab> {
  lab = await openLab({ mongoUri: testServers().mongodbUri, redisUrl: redis.uri }, `${name}-${process.pid}`);
  return lab;
}

/** The append-only file that is being written: one file in Redis 6, the newest increment in Redis 7. */
function appendOnlyFile(): string {
  const files = readdirSync(join(folder, 'redis'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.aof'))
    .map((name) => join(folder, 'redis', name));
  return files.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0]!;
}

/** Kills Redis, cuts the end of its append-only file off and starts it again. */
async function loseTail(bytes: number): Promise<void> {
  await redis.kill();
  const file = appendOnlyFile();
  truncateSync(file, Math.max(0, statSync(file).size - bytes));
  await redis.restart();
}

test('a lost tail while the relay runs, three times', async () => {
  await open('tail');
  await lab.relay();
  for (const bytes of [5_000, 60_000, 20_000]) {
    await lab.write(30);
    await lab.consume();
    const writing = lab.write(10);
    await loseTail(bytes);
    await writing;
    await lab.write(5);
    await lab.settle();
  }
  expect(lab.restarts.length).toBeGreaterThanOrEqual(3);
});

test('a lost tail while no relay runs', async () => {
  await open('tail-stopped');
  const first = await lab.relay();
  await lab.write(20);
  await lab.settle();
  await first.stop();
  await lab.write(5);
  await loseTail(15_000);
  await lab.relay();
  await lab.settle();
});

test('emptied while the relay runs, twice in a row', async () => {
  await open('flush');
  await lab.relay();
  await lab.write(10);
  await lab.consume();
  for (let time = 0; time < 2; time += 1) {
    const writing = lab.write(15);
    await lab.redis.flushall();
    await writing;
  }
  await lab.settle();
  expect(lab.restarts.some((reason) => reason.includes('is older than'))).toBe(true);
});

test('emptied while stopped, twice in a row, with events that nobody has read', async () => {
  await open('flush-stopped');
  const first = await lab.relay();
  await lab.write(10);
  await lab.settle();
  await lab.write(5);
  await first.stop();
  await lab.redis.flushall();
  await lab.write(5);
  const second = await lab.relay();
  await until(async () => (await lab.position(0)) !== undefined, { what: 'the second relay publishes' });
  await second.stop();
  await lab.redis.flushall();
  await lab.relay();
  await lab.settle();
});

test('after an emptied Redis the stream begins at what was needed, and says so', async () => {
  await open('begin');
  await lab.relay();
  await lab.write(10);
  await lab.settle();
  const records = lab.database.db.collection<{ _id: string; start: string; needed: string }>('relay_positions');
  const record = () => records.findOne({ _id: `orders:${lab.generation}` });
  await until(
    async () => {
      await lab.consume();
      const held = (await record())!;
      return held.needed > `${held.start}ffffff`;
    },
    { what: 'needed is mirrored' },
  );
  const { needed } = (await record())!;
  await lab.redis.flushall();
  await lab.write(2);
  await lab.settle();
  expect((await lab.position(3))!.beginsAt >= needed).toBe(true);
  const entries = await lab.redis.xlen(lab.stream(3));
  expect(entries).toBeLessThan(lab.applied[3]!.length);
});

test('streams trimmed to nothing: what comes next is appended behind what was there, and nothing is re-emitted', async () => {
  await open('trimmed');
  await lab.relay();
  await lab.write(20);
  await lab.settle();
  const told = lab.applied.map((events) => events.length);
  const partitions = told.flatMap((count, partition) => (count > 0 ? [partition] : []));
  for (const partition of partitions) await lab.redis.xtrim(lab.stream(partition), 'MAXLEN', 0);
  await lab.write(20);
  await lab.settle();
  expect(lab.applied.flat().length).toBe(told.reduce((sum, count) => sum + count) * 2);
  expect(lab.restarts).toEqual([]);
});

test('out of memory in mid-batch: nothing is lost once there is room', async () => {
  await open('memory');
  const relay = await lab.relay();
  await lab.write(3);
  await lab.settle();
  const lengths = async () => Promise.all([...lab.applied.keys()].map((p) => lab.redis.xlen(lab.stream(p))));
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
  const before = sum(await lengths());
  const used = Number(/used_memory:(\d+)/.exec(await lab.redis.info('memory'))![1]);
  await lab.redis.config('SET', 'maxmemory', String(used + 40_000));
  await lab.writeTransaction(900);
  await until(() => lab.restarts.some((reason) => reason.includes('OOM')), { what: 'a write was refused' });
  const refusedAt = sum(await lengths()) - before;
  expect(refusedAt).toBeGreaterThan(0);
  expect(refusedAt).toBeLessThan(900);
  expect(relay.status().alarm?.kind).toBe('redis-memory');
  await lab.redis.config('SET', 'maxmemory', '0');
  await lab.settle();
});

test('Redis nearly full: the relay waits without trying, and goes on when there is room', async () => {
  await open('full');
  const relay = await lab.relay();
  await lab.write(3);
  await lab.settle();
  const used = Number(/used_memory:(\d+)/.exec(await lab.redis.info('memory'))![1]);
  await lab.redis.config('SET', 'maxmemory', String(Math.floor(used / 0.9)));
  await until(() => relay.status().alarm?.kind === 'redis-memory', { what: 'the relay raises the alarm' });
  await lab.write(3);
  await lab.redis.config('SET', 'maxmemory', '0');
  await lab.settle();
  expect(lab.restarts).toEqual([]);
});

test('a foreign entry above the position: the stream is made anew', async () => {
  await open('foreign');
  const relay = await lab.relay();
  await lab.write(10);
  await lab.settle();
  const strangerId = `${Math.floor(Date.now() / 1_000) + 3_600}-0`;
  for (let partition = 0; partition < 16; partition += 1) {
    await lab.redis.xadd(lab.stream(partition), strangerId, 'e', JSON.stringify({ n: -1 }));
  }
  await lab.write(10);
  await lab.settle();
  expect(relay.status().alarm?.kind).toBe('foreign-entry');
  for (let partition = 0; partition < 16; partition += 1) {
    expect(await lab.redis.xrange(lab.stream(partition), strangerId, strangerId)).toEqual([]);
  }
});

test('a position without its stream: the stream is made anew', async () => {
  await open('orphan');
  await lab.relay();
  await lab.write(10);
  await lab.settle();
  for (let partition = 0; partition < 16; partition += 1) await lab.redis.del(lab.stream(partition));
  await lab.write(5);
  await lab.settle();
});

test('streams of another database: nothing is appended, an alarm is raised', async () => {
  await open('source');
  const first = await lab.relay();
  await lab.write(5);
  await lab.settle();
  await first.stop();
  for (let partition = 0; partition < 16; partition += 1) {
    await lab.redis.hset(positionKey(lab.stream(partition)), 'source', 'somebody-else');
  }
  const lengths = async () => Promise.all([...lab.applied.keys()].map((p) => lab.redis.xlen(lab.stream(p))));
  const before = await lengths();
  const second = await lab.relay();
  await lab.write(5);
  await until(() => second.status().alarm?.kind === 'wrong-source', { what: 'the relay raises the alarm' });
  expect(await lengths()).toEqual(before);
});
