// What a chaos run stands on: two of every service, and MongoDB and both Redis servers behind proxies of our own.
// Invariant: everything listens on 127.0.0.1 and everything that was started here is gone after `stop`.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type ServerHandle, stack, startMongod, startPlatform, startRedis } from '@holdfast/devstack';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A process that can be hurt. */
export type Target = {
  name: string;
  /** SIGKILL. A service is brought up again by its supervisor, a server by `untilReady`. */
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  untilReady(): Promise<void>;
};

export type ServiceTarget = Target & {
  url: string;
  /** SIGTERM: it finishes what it is at, and is brought up again. */
  restart(): Promise<void>;
};

export type ServerName = 'mongod' | 'redis-streams' | 'redis-cache';
export const serverNames: readonly ServerName[] = ['mongod', 'redis-streams', 'redis-cache'];

export type Rig = {
  gatewayUrls: readonly string[];
  services: ReadonlyMap<string, ServiceTarget>;
  servers: Readonly<Record<ServerName, Target & { proxy: TcpProxy }>>;
  /** Past the proxies, for who looks and who forges. */
  direct: { mongodbUri: string; redisUrl: string };
  /** Takes bytes off the end of the stopped streams Redis' file, or all of it. Returns how many. */
  cutStreamsFile(bytes: number | 'all'): number;
  stop(): Promise<void>;
};

/** Starts it all from an empty folder; when anything fails, what was started is stopped again. */
export async function startRig(options: {
  dataDir: string;
  replicas: number;
  log: (line: string) => void;
  /** Stops the start when it aborts. */
  signal?: AbortSignal | undefined;
}): Promise<Rig> {
  const { dataDir, replicas, log, signal } = options;
  mkdirSync(dataDir, { recursive: true });
  const cleanUp: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  };
  try {
    const started = await startServers(dataDir, cleanUp);
    const { mongod, streams, cache } = started;
    const platform = await startPlatform({
      replicas,
      ports: 'free',
      dataDir,
      // Two of everything, also of what one machine needs only one of.
      stack: stack.map((component) => ({ ...component, replicated: component.kind === 'service' })),
      external: {
        MONGODB_URI: mongod.handle.uri,
        REDIS_URL: `redis://127.0.0.1:${streams.proxy.port}`,
        REDIS_CACHE_URL: `redis://127.0.0.1:${cache.proxy.port}`,
      },
      ...(signal ? { signal } : {}),
      env: { RATE_LIMITS: 'off', LOG_LEVEL: 'warn' },
      log,
    });
    cleanUp.push(() => platform.stop());
    const gateways = [...platform.processes.values()].filter(({ name }) => name.startsWith('gateway'));
    return {
      gatewayUrls: gateways.map(({ url }) => url),
      services: new Map([...platform.processes].map(([name, process]) => [name, serviceTarget(name, process)])),
      servers: {
        mongod: { ...serverTarget('mongod', mongod.handle), proxy: mongod.proxy },
        'redis-streams': { ...serverTarget('redis-streams', streams.handle), proxy: streams.proxy },
        'redis-cache': { ...serverTarget('redis-cache', cache.handle), proxy: cache.proxy },
      },
      direct: {
        mongodbUri: `mongodb://127.0.0.1:${mongod.handle.port}/?directConnection=true`,
        redisUrl: streams.handle.uri,
      },
      cutStreamsFile: (bytes) => cutFile(join(dataDir, 'redis-streams'), bytes),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Proxied = { handle: ServerHandle; proxy: TcpProxy };

async function startServers(dataDir: string, cleanUp: (() => Promise<unknown>)[]) {
  const proxied = async (start: (port: number, proxy: TcpProxy) => Promise<ServerHandle>): Promise<Proxied> => {
    const port = await freePort();
    const proxy = await startTcpProxy(port);
    cleanUp.push(() => proxy.close());
    const handle = await start(port, proxy);
    cleanUp.push(() => handle.stop());
    return { handle, proxy };
  };
  const mongod = await proxied((port, proxy) =>
    // The replica set names the proxy as its member, or clients would go past it.
    startMongod({ port, dataDir: join(dataDir, 'mongodb'), advertisedPort: proxy.port }),
  );
  const streams = await proxied((port) =>
    startRedis({ port, kind: 'streams', dataDir: join(dataDir, 'redis-streams') }),
  );
  const cache = await proxied((port) => startRedis({ port, kind: 'cache', dataDir: join(dataDir, 'redis-cache') }));
  return { mongod, streams, cache };
}

type Supervised = { url: string; kill(signal?: NodeJS.Signals): void; untilReady(): Promise<void> };

function serviceTarget(name: string, process: Supervised): ServiceTarget {
  return {
    name,
    url: process.url,
    kill: async () => process.kill('SIGKILL'),
    async restart() {
      process.kill('SIGTERM');
      await process.untilReady();
    },
    pause: () => process.kill('SIGSTOP'),
    resume: () => process.kill('SIGCONT'),
    untilReady: () => process.untilReady(),
  };
}

function serverTarget(name: ServerName, handle: ServerHandle): Target {
  let dead = false;
  let rising: Promise<void> | undefined;
  return {
    name,
    async kill() {
      await rising;
      dead = true;
      await handle.kill('SIGKILL');
    },
    pause: () => void handle.kill('SIGSTOP'),
    resume: () => void handle.kill('SIGCONT'),
    untilReady() {
      if (!dead) return rising ?? Promise.resolve();
      dead = false;
      rising = handle.restart();
      return rising;
    },
  };
}

/** The append-only file: one file in Redis 6, the last increment in a folder of its own since 7. */
function cutFile(folder: string, bytes: number | 'all'): number {
  const parts = join(folder, 'appendonlydir');
  if (bytes === 'all') {
    rmSync(parts, { recursive: true, force: true });
    rmSync(join(folder, 'appendonly.aof'), { force: true });
    return Number.POSITIVE_INFINITY;
  }
  const increments = existsSync(parts) ? readdirSync(parts).filter((name) => name.endsWith('.incr.aof')) : [];
  const file = increments.length > 0 ? join(parts, increments.sort().at(-1)!) : join(folder, 'appendonly.aof');
  const { size } = statSync(file);
  const cut = Math.min(bytes, size);
  truncateSync(file, size - cut);
  return cut;
}
