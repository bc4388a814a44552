// MongoDB for one machine and for tests: always a one-node replica set (transactions and change streams need one),
// journaled on disk, so that what was acknowledged survives SIGKILL.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findMongod } from './binaries/find-mongod.ts';
import type { Binary } from './binaries/probe.ts';
import { mongodCacheGb, mongodDirtyPages, mongodHistoryS, transactionLifetimeS } from './limits.ts';
import { replicaSetName, waitForPrimary } from './replica-set.ts';
import { type ServerHandle, type ServerSpec, startOnPort } from './server.ts';

export interface MongodOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Made when missing; data found there is used again. */
  readonly dataDir: string;
  /** Lines about finding and fetching the binary. */
  readonly log?: (line: string) => void;
  /** Further arguments, for example `['--oplogSize', '16']` (MiB). */
  readonly args?: readonly string[];
  readonly logFile?: string;
  /** Port that clients are sent to instead: of a proxy on this machine that passes connections on. */
  readonly advertisedPort?: number;
}

/** Refuses data that another major version wrote, instead of letting mongod fail with a riddle. */
function checkDataVersion(dataDir: string, binary: Binary): void {
  const file = join(dataDir, 'holdfast-mongod-version');
  const series = binary.version.split('.').slice(0, 2).join('.');
  const stored = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  if (stored !== undefined && stored !== series) {
    throw new Error(
      `The data in ${dataDir} was written by MongoDB ${stored}, but ${binary.path} is ${binary.version}. ` +
        `Put a mongod ${stored} on the PATH, or move that folder away to start with empty data.`,
    );
  }
  if (stored === undefined) writeFileSync(file, `${series}\n`);
}

/** How to start mongod on this port and data. */
export function mongodSpec(binary: Binary, port: number, options: MongodOptions): ServerSpec {
  mkdirSync(options.dataDir, { recursive: true });
  checkDataVersion(options.dataDir, binary);
  const clientPort = options.advertisedPort ?? port;
  return {
    name: 'mongod',
    command: binary.path,
    args: [
      ...['--replSet', replicaSetName, '--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', options.dataDir],
      ...['--wiredTigerCacheSizeGB', String(mongodCacheGb), '--nounixsocket', '--quiet'],
      ...['--setParameter', `transactionLifetimeLimitSeconds=${transactionLifetimeS}`],
      ...['--setParameter', `minSnapshotHistoryWindowInSeconds=${mongodHistoryS}`],
      ...['--wiredTigerEngineConfigString', mongodDirtyPages],
      ...['--setParameter', 'diagnosticDataCollectionEnabled=false'],
      ...(options.args ?? []),
    ],
    logFile: options.logFile ?? `${options.dataDir}.log`,
    ready: (signal, pid) => waitForPrimary(clientPort, signal, pid),
    port,
    uri: `mongodb://127.0.0.1:${clientPort}/?replicaSet=${replicaSetName}`,
  };
}

/** Starts MongoDB and resolves when it is a writable primary; throws when no binary can be had. */
export async function startMongod(options: MongodOptions): Promise<ServerHandle> {
  const binary = await findMongod(options.log);
  return startOnPort(options.port, (port) => mongodSpec(binary, port, options));
}
