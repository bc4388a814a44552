// Two starts on one machine that wish for the same ports at the same moment: each ends with its own processes only.
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort, startMongod, startPlatform, startRedis } from './index.ts';
import { type Component, stack as wholeStack } from './stack.ts';
import { ask, type StandIns, standInStack, standIns } from './stand-ins.fixture.ts';
import type { Happening } from './supervisor.ts';

let stages: StandIns[];
beforeEach(() => {
  stages = ['a', 'b'].map((name) => standIns(mkdtempSync(join(tmpdir(), `holdfast-${name}-`))));
});
afterEach(async () => {
  await Promise.all(stages.map((stage) => stage.close()));
});

/** Whose MongoDB answers at this address. */
async function mongodOf(uri: string): Promise<{ pid: number; dbPath: string }> {
  const client = new mongoose.mongo.MongoClient(uri);
  try {
    const admin = client.db('admin');
    const { pid } = await admin.command({ serverStatus: 1 });
    const { parsed } = await admin.command({ getCmdLineOpts: 1 });
    return { pid: Number(pid), dbPath: parsed.storage.dbPath };
  } finally {
    await client.close();
  }
}

/** Whose Redis answers at this address. */
async function redisPidOf(uri: string): Promise<number> {
  const redis = new Redis(uri);
  try {
    return Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
  } finally {
    redis.disconnect();
  }
}

const env = { HOLDFAST_SECRET: 'the same for both', INTERNAL_TOKEN: 'the same for both' };

describe('two platforms', () => {
  test('that start at once on the same ports take only their own processes for ready', async () => {
    const port = await freePort();
    const stack = standInStack.map((component): Component => ({ ...component, port }));
    const starts = stages.map((stage) => stage.start({}, { ports: 'default', stack, env, replicas: 2 }));
    const platforms = await Promise.all(starts);
    const ports = platforms.flatMap(({ processes }) => [...processes.values()].map((process) => process.port));
    expect(new Set(ports).size).toBe(8);
    for (const { processes, gatewayUrl } of platforms) {
      const url = (name: string) => processes.get(name)!.url;
      for (const process of processes.values()) {
        const answer = await ask(process.url);
        expect(answer.pid).toBe(process.pid);
        if (process.name !== 'store') expect(answer.env.STORE_URL).toBe(url('store'));
        if (process.name.startsWith('worker')) expect(answer.env.PUBLIC_URL).toBe(gatewayUrl);
      }
      expect((await ask(gatewayUrl)).env.WORKER_URL).toBe(`${url('worker')},${url('worker-2')}`);
    }
    expect(stages.flatMap(({ happenings }) => happenings.filter(({ kind }) => kind === 'crashed'))).toEqual([]);
  });

  test('that start at once use their own MongoDB and Redis', async () => {
    const port = await freePort();
    const stack = wholeStack.slice(0, 3).map((component): Component => ({ ...component, port }));
    const platforms = await Promise.all(
      stages.map(({ folder }) => startPlatform({ ports: 'default', stack, dataDir: folder })),
    );
    try {
      for (const [index, { processes }] of platforms.entries()) {
        const process = (name: string) => processes.get(name)!;
        expect(await mongodOf(process('mongod').url)).toEqual({
          pid: process('mongod').pid,
          dbPath: join(stages[index]!.folder, 'mongodb'),
        });
        for (const name of ['redis-streams', 'redis-cache']) {
          expect(await redisPidOf(process(name).url)).toBe(process(name).pid);
        }
      }
      expect(new Set(platforms.flatMap(({ processes }) => [...processes.values()].map((one) => one.port))).size).toBe(
        6,
      );
    } finally {
      await Promise.all(platforms.map((platform) => platform.stop()));
    }
  });
});

describe('a port of another server', () => {
  test('is never taken for ready', async () => {
    const [mine, theirs] = stages.map(({ folder }) => folder) as [string, string];
    const redis = await startRedis({ kind: 'cache', dataDir: join(theirs, 'redis') });
    const mongod = await startMongod({ dataDir: join(theirs, 'mongodb') });
    try {
      const secondRedis = startRedis({ kind: 'cache', dataDir: join(mine, 'redis'), port: redis.port });
      await expect(secondRedis).rejects.toThrow(`port ${redis.port} is used by another process`);
      const secondMongod = startMongod({ dataDir: join(mine, 'mongodb'), port: mongod.port });
      await expect(secondMongod).rejects.toThrow(`port ${mongod.port} is used by another process`);
    } finally {
      await Promise.all([redis.stop(), mongod.stop()]);
    }
  });

  test('is left to it by a platform that starts, and who knows the old address is given the new one', async () => {
    const [{ start }] = stages as [StandIns];
    const gatewayPort = await freePort();
    // Answers as any service would, but for the token.
    const other = createServer((_request, response) => response.end('{"status":"ready"}'));
    const happenings: Happening[] = [];
    const onHappening = (happening: Happening) => {
      happenings.push(happening);
      if (happening.kind !== 'starting' || happening.name !== 'gateway' || other.listening) return;
      other.listen(gatewayPort, '127.0.0.1');
    };
    const platform = await start({}, { ports: 'default', gatewayPort, onHappening });
    const [gateway, worker] = ['gateway', 'worker'].map((name) => platform.processes.get(name)!);
    expect(happenings).toContainEqual({ kind: 'moved', name: 'gateway', from: gatewayPort, to: gateway!.port });
    expect((await ask(platform.gatewayUrl)).pid).toBe(gateway!.pid);
    expect((await ask(worker!.url)).env.PUBLIC_URL).toBe(platform.gatewayUrl);
    expect(happenings.filter(({ kind }) => kind === 'crashed')).toEqual([]);
    worker!.kill();
    await worker!.untilReady();
    expect((await ask(worker!.url)).env.PUBLIC_URL).toBe(platform.gatewayUrl);
    other.close();
  });

  test('is told and waited for when a process is started again', async () => {
    const [{ start, happenings }] = stages as [StandIns];
    const { processes } = await start();
    const worker = processes.get('worker')!;
    const other = createServer((_request, response) => response.end('{}'));
    // Whoever gets the port first, the platform only ever takes its own process for the worker.
    const taken = new Promise((resolve) => other.once('listening', resolve));
    const taking = setInterval(() => other.listening || other.listen(worker.port, '127.0.0.1'), 1);
    other.on('error', () => undefined);
    worker.kill('SIGKILL');
    await taken;
    clearInterval(taking);
    const crashes = () => happenings.filter(({ kind }) => kind === 'crashed');
    const isTold = expect.objectContaining({ how: expect.stringMatching(/port \d+ is used/) });
    await expect.poll(crashes, { timeout: 20_000 }).toContainEqual(isTold);
    other.close();
    await worker.untilReady();
    expect((await ask(worker.url)).pid).toBe(worker.pid);
  });
});
