// A segment is one measured stretch of a round: a load on the platform, or a baseline. Scenarios are made of segments,
// and rounds run each segment that is wanted once, one after the other: A B C A B C.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startMongod, startRedis } from '@holdfast/devstack';
import type { LoadResult, LoadSpec } from './load/load.ts';
import { cpuPer, type Processes, readCpu } from './measure/cpu.ts';
import type { Goal, Measurement, Note, Rounds } from './measure/measurement.ts';
import { type BenchPlatform, openPlatform, ownRoot } from './platform/platform.ts';
import type { DataSet, PlatformBuyer } from './platform/tenants.ts';
import { startWorker, type Worker } from './worker.ts';

/** How large a run is. */
export type Pace = {
  rounds: number;
  warmUpRounds: number;
  /** Length of a segment that is bounded by time. */
  seconds: number;
  /** Orders one at a time on the idle platform. */
  idleOrders: number;
  /** Units of the flash sale; twice as many buyers come. */
  hotUnits: number;
  /** Orders of five lines over 20 variants. */
  bundleOrders: number;
  dataSet: DataSet;
  /** Variants of the businesses whose lists are read, smallest first. */
  listSizes: readonly number[];
  /** Rows of the file that is imported. */
  importRows: number;
};

export type Segment = {
  name: string;
  what: string;
  /** Measures nothing of the platform, so it is the same before and after a change of it. */
  baseline?: true;
  run(bench: Bench, pace: Pace): Promise<Measurement>;
};

export type Scenario = {
  name: string;
  title: string;
  segments: readonly Segment[];
  goals(rounds: Rounds): Goal[];
  /** Further figures that the scenario is asked for, without a goal. */
  notes?(rounds: Rounds): Note[];
};

/** MongoDB and Redis of the baselines: the same binaries and settings as the platform's, but not the same processes. */
export type BaselineServers = { mongoUri: string; redisUrl: string; processes: Processes };

export type Bench = {
  /** For every service, of whichever platform: profiling. */
  servicesEnv: Readonly<Record<string, string>>;
  /** A line of progress. */
  log(line: string): void;
  generator: Worker;
  pace: Pace;
  platform(): Promise<BenchPlatform>;
  baselineServers(): Promise<BaselineServers>;
  /** A baseline's process, started once. */
  worker(script: string, prepare: (worker: Worker) => Promise<void>): Promise<Worker>;
  /** Runs when the bench closes, before what was opened earlier. */
  onClose(close: () => Promise<unknown>): void;
  /** The platform, if any segment has needed it. */
  opened(): BenchPlatform | undefined;
  /** The same bench, but its platform is the one of another tree. */
  beside(root: string): Bench;
  close(): Promise<void>;
};

/** What segments share; everything is started when it is first asked for, and stopped in the opposite order. */
export async function openBench(
  pace: Pace,
  log: (line: string) => void,
  servicesEnv: Record<string, string> = {},
): Promise<Bench> {
  const generator = await startWorker('load/generator.process.ts');
  const closers: (() => Promise<unknown>)[] = [() => generator.stop()];
  const workers = new Map<string, Promise<Worker>>();
  let servers: Promise<BaselineServers> | undefined;
  const closing = new AbortController();
  let closed: Promise<void> | undefined;

  function platformOf(root: string): Pick<Bench, 'platform' | 'opened'> {
    let opened: BenchPlatform | undefined;
    let platform: Promise<BenchPlatform> | undefined;
    async function startPlatform(): Promise<BenchPlatform> {
      log(root === ownRoot ? 'starting the platform' : `starting the platform of ${root}`);
      // Also one that is still starting is stopped before its tree goes.
      closers.push(async () => (await platform?.catch(() => undefined))?.close());
      opened = await openPlatform(pace.dataSet, log, { root, extraEnv: servicesEnv, signal: closing.signal });
      return opened;
    }
    return { platform: () => (platform ??= startPlatform()), opened: () => opened };
  }

  async function startServers(): Promise<BaselineServers> {
    log('starting MongoDB and Redis of the baselines');
    const dataDir = join(ownRoot, '.data/bench', `${process.pid}-baselines`);
    mkdirSync(dataDir, { recursive: true });
    closers.push(async () => rmSync(dataDir, { recursive: true, force: true }));
    const mongod = await startMongod({ dataDir: join(dataDir, 'mongodb') });
    closers.push(() => mongod.stop());
    const redis = await startRedis({ kind: 'cache', dataDir: join(dataDir, 'redis') });
    closers.push(() => redis.stop());
    return { mongoUri: mongod.uri, redisUrl: redis.uri, processes: { mongod: mongod.pid, redis: redis.pid } };
  }

  async function start(script: string, prepare: (worker: Worker) => Promise<void>): Promise<Worker> {
    const worker = await startWorker(script);
    closers.push(() => worker.stop());
    await prepare(worker);
    return worker;
  }

  async function closeAll(): Promise<void> {
    closing.abort();
    // All of them, even if one fails: nothing may be left running.
    for (const close of closers.splice(0).reverse()) await close().catch((error: unknown) => console.error(error));
  }

  const bench: Bench = {
    log,
    generator,
    pace,
    servicesEnv,
    ...platformOf(ownRoot),
    beside: (root) => ({ ...bench, ...platformOf(root) }),
    baselineServers: () => (servers ??= startServers()),
    worker(script, prepare) {
      const known = workers.get(script) ?? start(script, prepare);
      workers.set(script, known);
      return known;
    },
    onClose: (close) => void closers.push(close),
    close: () => (closed ??= closeAll()),
  };
  return bench;
}

/**
 * A load on the platform, from its first request until everything that it caused has been done,
 * the public log included.
 */
export async function loadPlatform(
  bench: Bench,
  spec: Omit<LoadSpec, 'url' | 'path' | 'isTold' | 'buyers'> & { buyers: readonly PlatformBuyer[] },
): Promise<{ result: LoadResult; cpuUs: (count: number) => Record<string, number> }> {
  const { processes, load } = await bench.platform();
  const before = readCpu(processes);
  const result = await load(bench.generator, spec);
  const after = readCpu(processes);
  return { result, cpuUs: (count) => cpuPer(count, before, after) };
}

/**
 * What an answer that should not come makes of a segment: nothing that was measured counts. 202 is slow, but not wrong.
 */
export function unexpected({ statuses }: LoadResult, expected: readonly number[]): string[] {
  const strange = Object.entries(statuses).filter(([status]) => ![202, ...expected].includes(Number(status)));
  return strange.map(([status, count]) => `${count} answers were ${status === '0' ? 'broken connections' : status}`);
}

/** Orders that were accepted and not decided within the platform's wait. */
export function undecided({ statuses }: LoadResult): number {
  return statuses[202] ?? 0;
}
