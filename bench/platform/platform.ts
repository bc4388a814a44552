// The platform under measurement: all of its processes, the data set, its books, and a way to know that it is at rest.
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type * as devstack from '@holdfast/devstack';
import { Redis } from 'ioredis';
import { arrivalMs, quietLookMs, quietMs } from '../limits.ts';
import type { Processes } from '../measure/cpu.ts';
import { type Books, openBooks } from './books.ts';
import { type DataSet, makeTenants, type Tenants } from './tenants.ts';

export type BenchPlatform = {
  /** The tree that it was started from. */
  root: string;
  platform: devstack.Platform;
  gatewayUrl: string;
  processes: Processes;
  /** Seconds from nothing to ready, with empty data. */
  startSeconds: number;
  tenants: Tenants;
  books: Books;
  redis: Redis;
  /** Events appended to all streams since the platform started, the public log's included. */
  eventCount(): Promise<number>;
  /** Resolves when no order waits and no stream grows any more. */
  untilQuiet(): Promise<void>;
  /** Resolves when this many more variants than `before` can be ordered. */
  untilArrived(variantCount: number): Promise<void>;
  /** What is wrong with it; empty when nothing is. */
  check(): Promise<string[]>;
  close(): Promise<void>;
};

/** Nothing of a scenario signs in, so the cost of a password is kept out of the time that seeding takes. */
const env = { RATE_LIMITS: 'off', LOG_LEVEL: 'warn', PASSWORD_COST: '4' };

/** The tree that this file is in. */
export const ownRoot = resolve(import.meta.dirname, '../..');

export type Opening = {
  root?: string;
  /** For profiling. */
  extraEnv?: Record<string, string>;
  /** Aborts the start: what was started is stopped, its data removed. */
  signal?: AbortSignal;
};

/** Starts the platform of a tree, this one by default, on empty data and makes the data set. */
export async function openPlatform(
  dataSet: DataSet,
  log: (line: string) => void,
  { root = ownRoot, extraEnv = {}, signal = new AbortController().signal }: Opening = {},
): Promise<BenchPlatform> {
  const dataDir = join(ownRoot, '.data/bench', root === ownRoot ? `${process.pid}` : `${process.pid}-before`);
  mkdirSync(dataDir, { recursive: true });
  // Servers and services as that tree starts them.
  const entry = pathToFileURL(join(root, 'tools/devstack/src/index.ts')).href;
  const { startPlatform } = (await import(entry)) as typeof devstack;
  const startedAt = performance.now();
  let platform: devstack.Platform | undefined;
  try {
    platform = await startPlatform({ ports: 'free', dataDir, env: { ...env, ...extraEnv }, signal });
    const startSeconds = (performance.now() - startedAt) / 1_000;
    log(`platform ready after ${startSeconds.toFixed(1)} s; making ${dataSet.tenants} tenants`);
    return await unlessAborted(describe(platform, dataSet, { root, startSeconds, dataDir, log }), signal);
  } catch (error) {
    await platform?.stop();
    // After a failure there are logs to be read.
    if (signal.aborted) rmSync(dataDir, { recursive: true, force: true });
    throw error;
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => aborted.reject(signal.reason), { once: true });
  return Promise.race([work, aborted.promise]);
}

type Facts = { root: string; startSeconds: number; dataDir: string; log: (line: string) => void };

async function describe(platform: devstack.Platform, dataSet: DataSet, facts: Facts): Promise<BenchPlatform> {
  const { root, startSeconds, dataDir, log } = facts;
  const { gatewayUrl, processes } = platform;
  const books = await openBooks(processes.get('mongod')!.url);
  const redis = new Redis(processes.get('redis-streams')!.url);
  // Without a listener a lost connection is printed as unhandled; the next command fails and says so.
  redis.on('error', () => undefined);
  const seededAt = performance.now();
  const tenants = await makeTenants(gatewayUrl, dataSet);
  let expected = 0;
  const untilArrived = async (variantCount: number) => {
    expected += variantCount;
    await eventually(async () => (await books.variantsArrived()) >= expected, arrivalMs, 'variants did not arrive');
  };
  const untilQuiet = () => waitUntilQuiet(books, redis);
  await untilArrived(dataSet.tenants * dataSet.variantsPerTenant);
  await untilQuiet();
  log(`data set ready after ${((performance.now() - seededAt) / 1_000).toFixed(1)} s`);
  return {
    root,
    platform,
    gatewayUrl,
    processes: Object.fromEntries([...processes.values()].map(({ name, pid }) => [name, pid])),
    startSeconds,
    tenants,
    books,
    redis,
    eventCount: () => countEvents(redis),
    untilQuiet,
    untilArrived,
    async check() {
      const restarted = [...processes.values()].filter(({ restarts }) => restarts > 0);
      return [...(await books.check()), ...restarted.map(({ name }) => `${name} crashed during the run`)];
    },
    async close() {
      await tenants.close();
      await books.close();
      redis.disconnect();
      await platform.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function eventually(look: () => Promise<boolean>, timeoutMs: number, otherwise: string): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`${otherwise} within ${timeoutMs} ms`);
    await pause(quietLookMs / 2);
  }
}

/** Every event is one XADD, also inside the relays' scripts. */
async function countEvents(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats');
  return Number(/^cmdstat_xadd:calls=(\d+)/m.exec(stats)?.[1] ?? 0);
}

async function waitUntilQuiet(books: Books, redis: Redis): Promise<void> {
  let before = -1;
  const look = async () => {
    const now = await countEvents(redis);
    const same = now === before;
    before = now;
    if (!same) await pause(quietLookMs / 2);
    return same && (await books.pending()) === 0;
  };
  await eventually(look, quietMs, 'the platform did not come to rest');
}
