// Brings pnpm (into `.data/tools/pnpm`), the dependencies of the lockfile and Node 24 (an npm package among them). Each
// step is skipped when its result is there in the right version, so that a second start costs milliseconds.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const rootDir = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const NODE_MIN = 18;
const pnpmDir = join(rootDir, '.data', 'tools', 'pnpm');
const stampFile = join(rootDir, 'node_modules', '.holdfast-install');

/** Ends with a readable explanation instead of a stack trace. */
export function fail(lines) {
  for (const line of lines) console.error(line);
  process.exit(1);
}

function progress(text) {
  console.log(`holdfast: ${text}`);
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Environment for npm and pnpm: what the outer npm set for its own run must not steer this one. */
function packageManagerEnv() {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (/^npm_(package|lifecycle|command|execpath|node_execpath|config_(local_)?prefix$|config_global)/i.test(name)) {
      delete env[name];
    }
  }
  return env;
}

function runOrFail(command, args, help) {
  const result = spawnSync(command, args, { cwd: rootDir, stdio: 'inherit', env: packageManagerEnv() });
  if (result.status === 0) return;
  if (result.signal) process.exit(1);
  fail(['', `holdfast: ${help.what}`, ...help.how.map((line) => `  - ${line}`)]);
}

/** How to call npm: the one that runs us, else the one on the PATH. */
function npmCommand() {
  const path = process.env.npm_execpath;
  if (path && /^npm(-cli)?\.c?js$/.test(basename(path))) return [process.execPath, path];
  return ['npm'];
}

/** Path of the pnpm that package.json names; installed with npm when it is not there in that version. */
function bringPnpm() {
  const version = /^pnpm@([\d.]+)/.exec(readJson(join(rootDir, 'package.json')).packageManager)[1];
  const folder = join(pnpmDir, 'node_modules', 'pnpm');
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest) || readJson(manifest).version !== version) {
    progress(`bringing pnpm ${version} (once)`);
    mkdirSync(pnpmDir, { recursive: true });
    const [command, ...prefix] = npmCommand();
    const flags = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error', '--ignore-scripts=false'];
    runOrFail(command, [...prefix, 'install', '--prefix', pnpmDir, ...flags, `pnpm@${version}`], {
      what: `pnpm ${version} could not be installed with npm.`,
      how: [
        'is the npm registry reachable from here? (`npm ping`; behind a proxy: `npm config set proxy ...`)',
        `or put it there yourself: npm install --prefix ${pnpmDir} pnpm@${version}`,
      ],
    });
  }
  // An executable of its own (since pnpm 12 no script that Node could run).
  return join(pnpmDir, 'node_modules', '.bin', 'pnpm');
}

/** Changes whenever an install would do something. */
function installStamp() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(rootDir, name)));
  return hash.digest('hex');
}

function installDependencies() {
  const stamp = installStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const pnpm = bringPnpm();
  progress('installing dependencies (pnpm install --frozen-lockfile)');
  runOrFail(pnpm, ['install', '--frozen-lockfile'], {
    what: 'the dependencies could not be installed; the lines above say why.',
    how: [
      'is the npm registry reachable from here? (`npm ping`)',
      'a lockfile that does not fit package.json: `pnpm install` in the project, then commit pnpm-lock.yaml',
      'half-installed from an interrupted run: remove node_modules and start again',
    ],
  });
  writeFileSync(stampFile, stamp);
}

function runs(node) {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.startsWith('v24.') ?? false;
}

/** Path of Node 24; the real file, so that signals and process ids are those of Node itself. */
function bringNode() {
  const link = join(rootDir, 'node_modules', '.bin', 'node');
  try {
    const node = realpathSync(link);
    accessSync(node, constants.X_OK);
    return node;
  } catch {
    // A dangling link: the package is there, but its install step could not fetch the binary.
  }
  if (process.version.startsWith('v24.')) return process.execPath;
  progress('Node 24 is not complete, fetching it again');
  spawnSync(bringPnpm(), ['rebuild', 'node'], {
    cwd: rootDir,
    stdio: 'inherit',
    env: packageManagerEnv(),
  });
  if (existsSync(link) && runs(link)) return realpathSync(link);
  return fail([
    'holdfast: Node 24 is missing: the npm package `node` did not bring a binary that runs here.',
    `  - it comes for Linux and macOS on x64 and arm64; this is ${process.platform} ${process.arch}`,
    '  - the package fetches it in an install step: check that `npm config get ignore-scripts` says false',
    '  - or install Node 24 yourself and run the same command again',
  ]);
}

/** Everything in place; returns the path of Node 24. */
export async function bringToolchain() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < NODE_MIN) {
    fail([
      `holdfast: this is Node ${process.versions.node}; Node ${NODE_MIN} or newer is needed to begin (it then brings its own Node 24).`,
      '  - get one with your package manager, nvm, or the installer of nodejs.org',
    ]);
  }
  if (process.platform === 'win32') fail(['holdfast: Windows is supported through WSL 2; run the same command there.']);
  installDependencies();
  return bringNode();
}
