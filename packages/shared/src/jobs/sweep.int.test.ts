// Sweeps on a Redis of their own, which they survive being emptied and restarted.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ServerHandle, startRedis } from '@holdfast/devstack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { currentScope } from '../persistence/index.ts';
import { connectRedis } from '../redis/index.ts';
import { testName } from '../testing/installation.ts';
import { until } from '../testing/until.ts';
import { silentLog } from '../values/index.ts';
import { startSweep } from './sweep.ts';

let folder: string;
let redis: ServerHandle;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-sweep-'));
  redis = await startRedis({ kind: 'streams', dataDir: join(folder, 'redis') });
});

afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

const newGeneration = () => testName('sweep');
const base = () => ({
  redisUrl: redis.uri,
  generation: newGeneration(),
  everyMs: 200,
  upsertEveryMs: 500,
  log: silentLog,
});

describe('startSweep', () => {
  it('runs at its pace, outside any scope, never overlapping itself', async () => {
    let [running, most, runs] = [0, 0, 0];
    const run = async () => {
      running += 1;
      most = Math.max(most, running);
      runs += 1;
      expect(currentScope()).toBeUndefined();
      await delay(300);
      running -= 1;
    };
    const sweep = await startSweep({ ...base(), name: 'slow', run });
    await until(() => runs >= 4, { what: 'some runs' });
    await sweep.stop();
    expect(most).toBe(1);
    expect(running).toBe(0);
  });

  it('goes on after a run that failed', async () => {
    let runs = 0;
    const run = async () => {
      runs += 1;
      if (runs === 1) throw new Error('the first run fails');
    };
    const sweep = await startSweep({ ...base(), name: 'failing', run });
    await until(() => runs >= 3, { what: 'a run after the failure' });
    await sweep.stop();
    expect(runs).toBeGreaterThanOrEqual(3);
  });

  it('goes on after Redis was emptied', async () => {
    let runs = 0;
    const sweep = await startSweep({
      ...base(),
      name: 'emptied',
      run: async () => {
        runs += 1;
      },
    });
    await until(() => runs >= 2, { what: 'running' });
    const client = connectRedis(redis.uri, { purpose: 'test-flush' });
    await client.flushall();
    client.disconnect();
    const before = runs;
    await until(() => runs >= before + 3, { what: 'running again' });
    await sweep.stop();
    expect(runs).toBeGreaterThanOrEqual(before + 3);
  });

  it('goes on after Redis was killed and restarted, and stops while it is down', async () => {
    let runs = 0;
    const sweep = await startSweep({
      ...base(),
      name: 'restarted',
      run: async () => {
        runs += 1;
      },
    });
    await until(() => runs >= 2, { what: 'running' });
    await redis.kill();
    const before = runs;
    await redis.restart();
    await until(() => runs >= before + 3, { what: 'running again' });
    await redis.kill();
    const stoppedAt = performance.now();
    await sweep.stop();
    expect(performance.now() - stoppedAt).toBeLessThan(10_000);
    await redis.restart();
  });
});
