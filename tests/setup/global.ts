// Real servers for the tests of one run: one MongoDB and the two kinds of Redis on free ports, started once for all
// projects of the run and gone with their data at its end. Tests find them in process.env.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ServerHandle, startMongod, startRedis } from '@holdfast/devstack';

const testDataRoot = join(import.meta.dirname, '../../.data/test');

interface Run {
  users: number;
  readonly servers: Promise<ServerHandle[]>;
}

// Each project loads this file anew, so what they share hangs on the process.
const shared = globalThis as { holdfastTestRun?: Run };

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Data of a run that was killed before it could clean up. */
function removeStaleData(): void {
  if (!existsSync(testDataRoot)) return;
  for (const name of readdirSync(testDataRoot)) {
    if (!isAlive(Number(name))) rmSync(join(testDataRoot, name), { recursive: true, force: true });
  }
}

async function startServers(folder: string): Promise<ServerHandle[]> {
  mkdirSync(folder, { recursive: true });
  const log = (line: string) => console.log(`test servers: ${line}`);
  // One after the other: a machine without the binaries fetches them with readable progress.
  const mongod = await startMongod({ dataDir: join(folder, 'mongodb'), log });
  const streams = await startRedis({ kind: 'streams', dataDir: join(folder, 'redis-streams'), log });
  const cache = await startRedis({ kind: 'cache', dataDir: join(folder, 'redis-cache'), log });
  process.env.HOLDFAST_TEST_MONGODB_URI = mongod.uri;
  process.env.HOLDFAST_TEST_REDIS_URL = streams.uri;
  process.env.HOLDFAST_TEST_REDIS_CACHE_URL = cache.uri;
  return [mongod, streams, cache];
}

/** Called once per project that needs servers; the last one's teardown stops them. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = join(testDataRoot, String(process.pid));
  if (!shared.holdfastTestRun) {
    removeStaleData();
    shared.holdfastTestRun = { users: 0, servers: startServers(folder) };
  }
  const run = shared.holdfastTestRun;
  run.users += 1;
  const servers = await run.servers;
  return async () => {
    run.users -= 1;
    if (run.users > 0) return;
    delete shared.holdfastTestRun;
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
}
