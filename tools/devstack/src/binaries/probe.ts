// Is this file a server that we can use? Answered by running it with `--version`: a binary for another libc or
// processor is found out here, not at the first start.
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { versionCheckTimeoutMs } from '../limits.ts';

const run = promisify(execFile);

export interface Binary {
  readonly path: string;
  /** major.minor.patch */
  readonly version: string;
}

export type Log = (line: string) => void;

/** True when version `a` is at least `b`, both `major.minor.patch`. */
export function atLeast(a: string, b: string): boolean {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let index = 0; index < 3; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** The binary if it runs and is new enough, else undefined; says why it is passed over. */
export async function probe(path: string, versionMin: string, log?: Log): Promise<Binary | undefined> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: versionCheckTimeoutMs });
    const version = /v=?(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
    if (version && atLeast(version, versionMin)) return { path, version };
    log?.(`${path} is version ${version ?? 'unknown'}, needed is ${versionMin} or newer; looking further`);
  } catch (error) {
    log?.(`${path} does not run here (${firstLine(error)}); looking further`);
  }
  return undefined;
}

/** The full path of a command on the PATH, or undefined. */
export function onPath(command: string, path = process.env.PATH ?? ''): string | undefined {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue;
    try {
      accessSync(join(folder, command), constants.X_OK);
      return join(folder, command);
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** The first line of an error's message, for a one-line report. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? 'unknown error';
}
