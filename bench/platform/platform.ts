// The platform under measurement: all of its processes, the data set, what its clients were told, and a way to know
// that it is at rest. Invariant: whoever was told something in a load is in the history that the checker gets at the
// end.
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Attempt,
  checkInstallation,
  describeViolation,
  type Installation,
  openInstallation,
  type Reading,
} from '@holdfast/checker';
import type * as devstack from '@holdfast/devstack';
import { until } from '@holdfast/shared/testing';
import { arrivalMs, flawsNamedMax, quietLookMs, quietMs } from '../limits.ts';
import type { LoadResult, LoadSpec } from '../load/load.ts';
import type { Processes } from '../measure/cpu.ts';
import type { Worker } from '../worker.ts';
import { attemptsOf } from './history.ts';
import { pendingOrders, variantsArrived } from './look.ts';
import { type DataSet, makeTenants, type PlatformBuyer, type Tenants } from './tenants.ts';

export type BenchPlatform = {
  /** The tree that it was started from. */
  root: string;
  platform: devstack.Platform;
  gatewayUrl: string;
  processes: Processes;
  /** Seconds from nothing to ready, with empty data. */
  startSeconds: number;
  tenants: Tenants;
  /** Its databases and its Redis, read behind its back. */
  reading: Reading;
  /** Events appended to all streams since the platform started, the public log's included. */
  eventCount(): Promise<number>;
  /** Orders of these buyers, until everything that they caused has been done. */
  load(generator: Worker, spec: PlatformLoad): Promise<LoadResult>;
  /** Resolves when no order waits and no stream grows any more. */
  untilQuiet(): Promise<void>;
  /** Resolves when this many more variants than `before` can be ordered. */
  untilArrived(variantCount: number): Promise<void>;
  /** What the checker finds wrong, in words; empty when nothing is. */
  check(): Promise<string[]>;
  close(): Promise<void>;
};

export type PlatformLoad = Omit<LoadSpec, 'url' | 'path' | 'isTold' | 'buyers'> & { buyers: readonly PlatformBuyer[] };

/**
 * Nothing of a scenario signs in, so the cost of a password is kept out of the time that seeding takes; all load comes
 * from one address.
 */
const env = { RATE_LIMITS: 'off', LOG_LEVEL: 'warn', PASSWORD_COST: '4', CONNECTIONS_PER_ADDRESS: '10000' };

/** The tree that this file is in. */
export const ownRoot = resolve(import.meta.dirname, '../..');

export type Opening = {
  root?: string;
  /** For profiling. */
  extraEnv?: Record<string, string>;
  /** Below `.data/bench`, beside other platforms of this process. */
  folder?: string;
  /** Aborts the start: what was started is stopped, its data removed. */
  signal?: AbortSignal;
};

/** Starts the platform of a tree, this one by default, on empty data and makes the data set. */
export async function openPlatform(
  dataSet: DataSet,
  log: (line: string) => void,
  { root = ownRoot, extraEnv = {}, folder, signal = new AbortController().signal }: Opening = {},
): Promise<BenchPlatform> {
  const beside = folder ?? (root === ownRoot ? undefined : 'before');
  const dataDir = join(ownRoot, '.data/bench', beside === undefined ? `${process.pid}` : `${process.pid}-${beside}`);
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
  const installation = {
    mongodbUri: processes.get('mongod')!.url,
    redisUrl: processes.get('redis-streams')!.url,
  };
  const reading = await openInstallation(installation);
  const history: Attempt[] = [];
  const seededAt = performance.now();
  const tenants = await makeTenants(gatewayUrl, dataSet);
  let expected = 0;
  const untilArrived = async (variantCount: number) => {
    expected += variantCount;
    const isThere = async () => (await variantsArrived(reading)) >= expected;
    await until(isThere, { what: 'variants arrive', timeoutMs: arrivalMs, everyMs: quietLookMs / 2 });
  };
  const untilQuiet = () => waitUntilQuiet(reading);
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
    reading,
    eventCount: () => countEvents(reading),
    async load(generator, spec) {
      const asked = { url: gatewayUrl, path: '/v1/orders', isTold: true, ...spec };
      const result = await generator.ask<LoadResult>('run', asked);
      for (const attempt of attemptsOf(result.told, spec.buyers)) history.push(attempt);
      await untilQuiet();
      return result;
    },
    untilQuiet,
    untilArrived,
    async check() {
      const restarted = [...processes.values()].filter(({ restarts }) => restarts > 0);
      return [
        ...(await findViolations(installation, history, log)),
        ...restarted.map(({ name }) => `${name} crashed during the run`),
      ];
    },
    async close() {
      await reading.close();
      await platform.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The first few violations in words, the rest as a number. */
async function findViolations(
  installation: Installation,
  history: readonly Attempt[],
  log: (line: string) => void,
): Promise<string[]> {
  const { violations, total, seen, tookMs } = await checkInstallation(installation, { history, isComplete: true });
  const { orders, stock, log: publicLog } = seen;
  log(
    `checked ${orders} orders, ${stock.movements} movements, ${publicLog.events} events and ${history.length} answers ` +
      `in ${(tookMs / 1_000).toFixed(0)} s`,
  );
  const more = total - flawsNamedMax;
  return [
    ...violations.slice(0, flawsNamedMax).map(describeViolation),
    ...(more > 0 ? [`... and ${more} violations more`] : []),
  ];
}

/** Every event is one XADD, also inside the relays' scripts. */
async function countEvents({ redis }: Reading): Promise<number> {
  const stats = await redis.info('commandstats');
  return Number(/^cmdstat_xadd:calls=(\d+)/m.exec(stats)?.[1] ?? 0);
}

async function waitUntilQuiet(reading: Reading): Promise<void> {
  let before = -1;
  const isQuiet = async () => {
    const now = await countEvents(reading);
    const same = now === before;
    before = now;
    return same && (await pendingOrders(reading)) === 0;
  };
  await until(isQuiet, { what: 'the platform comes to rest', timeoutMs: quietMs, everyMs: quietLookMs });
}
