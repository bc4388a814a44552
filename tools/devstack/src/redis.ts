// The two Redis servers. `streams` is a road that must not lose its tail lightly: it refuses writes when full and keeps
// an append-only file. `cache` may forget anything at any time: least recently used keys go, nothing is on disk.
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { findRedis } from './binaries/find-redis.ts';
import type { Binary } from './binaries/probe.ts';
import { readyPollMs, redisCacheMemory, redisStreamsMemory } from './limits.ts';
import { isOfGroup } from './process-table.ts';
import { type ServerHandle, type ServerSpec, startOnPort } from './server.ts';

export type RedisKind = 'streams' | 'cache';

export interface RedisOptions {
  readonly kind: RedisKind;
  /** Default: a free one. */
  readonly port?: number;
  /** Made when missing; an append-only file found there is loaded. */
  readonly dataDir: string;
  /** Lines about finding and fetching the binary. */
  readonly log?: (line: string) => void;
  /** Further arguments, for example `['--maxmemory', '8mb']`. */
  readonly args?: readonly string[];
  readonly logFile?: string;
}

const KIND_ARGS: Readonly<Record<RedisKind, readonly string[]>> = {
  streams: [
    ...['--maxmemory', redisStreamsMemory, '--maxmemory-policy', 'noeviction'],
    ...['--appendonly', 'yes', '--appendfsync', 'everysec'],
  ],
  cache: ['--maxmemory', redisCacheMemory, '--maxmemory-policy', 'allkeys-lru', '--appendonly', 'no'],
};

/**
 * Asks over a fresh connection: true when the Redis of process group `pid` serves; else false (closed,
 * loading, another's).
 */
function isServing(port: number, pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 });
    let text = '';
    const answer = (good: boolean) => {
      socket.destroy();
      resolve(good);
    };
    socket.once('connect', () => socket.write('PING\r\nINFO server\r\n'));
    socket.on('data', (data) => {
      text += data.toString('latin1');
      const processId = /^process_id:(\d+)\r$/m.exec(text)?.[1];
      if (processId) answer(text.startsWith('+PONG') && isOfGroup(Number(processId), pid));
    });
    socket.once('error', () => answer(false));
    socket.once('timeout', () => answer(false));
    socket.once('close', () => answer(false));
  });
}

async function waitForRedis(port: number, signal: AbortSignal, pid: number): Promise<void> {
  while (!signal.aborted && !(await isServing(port, pid))) await delay(readyPollMs);
}

/** How to start a Redis server of this kind. */
export function redisSpec(binary: Binary, port: number, options: RedisOptions): ServerSpec {
  mkdirSync(options.dataDir, { recursive: true });
  return {
    name: `redis-${options.kind}`,
    command: binary.path,
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', options.dataDir, '--save', ''],
      ...KIND_ARGS[options.kind],
      ...(options.args ?? []),
    ],
    logFile: options.logFile ?? `${options.dataDir}.log`,
    ready: (signal, pid) => waitForRedis(port, signal, pid),
    port,
    uri: `redis://127.0.0.1:${port}`,
  };
}

/** Starts a Redis server and resolves when it answers; throws when no binary can be had. */
export async function startRedis(options: RedisOptions): Promise<ServerHandle> {
  const binary = await findRedis(options.log);
  return startOnPort(options.port, (port) => redisSpec(binary, port, options));
}
