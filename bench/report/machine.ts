// What a figure is worth nothing without: the machine, the versions, the servers and how durable they were told to be.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { Redis } from 'ioredis';
import { mongo } from 'mongoose';
import type { Bench } from '../segment.ts';

export type Machine = {
  processor: string;
  threads: number;
  memoryGib: number;
  kernel: string;
  node: string;
  commit: string;
  /** Backend, in words. */
  mongodb: string;
  redis: string;
  libraries: Record<string, string>;
};

const libraryNames = ['express', 'mongoose', 'fastify', 'ioredis', 'undici'];

function versionOf(name: string): string {
  const require = createRequire(import.meta.url);
  const folder = require.resolve.paths(name)!.find((path) => path.endsWith('/bench/node_modules'));
  return (JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as { version: string }).version;
}

function commitOf(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') ? ' with changes' : '');
  } catch {
    return 'unknown';
  }
}

async function mongodVersion(uri: string): Promise<string> {
  const client = await new mongo.MongoClient(uri).connect();
  try {
    const { version } = await client.db('admin').command({ buildInfo: 1 });
    return `mongod ${version}, replica set of one, w:majority, j:true`;
  } finally {
    await client.close();
  }
}

async function redisVersion(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown';
  } finally {
    redis.disconnect();
  }
}

/** Asks the servers that are running for their versions. */
export async function describeMachine(bench: Bench): Promise<Machine> {
  const processes = bench.opened()?.platform.processes;
  const servers = processes ? undefined : await bench.baselineServers();
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    threads: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
    node: process.version,
    commit: commitOf(),
    mongodb: await mongodVersion(processes?.get('mongod')?.url ?? servers!.mongoUri),
    redis: `${await redisVersion(processes?.get('redis-streams')?.url ?? servers!.redisUrl)}; streams: append-only file, everysec; cache and locks: none`,
    libraries: Object.fromEntries(libraryNames.map((name) => [name, versionOf(name)])),
  };
}
