// One log file per process: appended to, rotated by size at start, its tail shown when the process fails.
// Invariant: a log that cannot be opened or read (a full disk) never keeps a process from being started.
import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { logRotateBytes, logTailBytes, logTailLineLength, logTailLines } from './limits.ts';

export interface LogFile {
  /** For `stdio` of a child. */
  readonly output: number | 'ignore';
  /** Closes this process's own descriptor; a child keeps its copy. */
  close(): void;
  /** The last lines written since it was opened, at most 20. */
  tail(): string;
}

/** Opens a log for appending. */
export function openLog(path: string): LogFile {
  try {
    mkdirSync(dirname(path), { recursive: true });
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > logRotateBytes) renameSync(path, `${path}.1`);
    const output = openSync(path, 'a');
    const { size } = fstatSync(output);
    return { output, close: () => closeSync(output), tail: () => tailOf(path, size) };
  } catch (error) {
    return { output: 'ignore', close: () => undefined, tail: () => `(no log: ${(error as Error).message})` };
  }
}

function tailOf(path: string, fromByte: number): string {
  try {
    const descriptor = openSync(path, 'r');
    try {
      return lastLines(descriptor, fromByte);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return `(no log: ${(error as Error).message})`;
  }
}

function lastLines(descriptor: number, fromByte: number): string {
  const { size } = fstatSync(descriptor);
  const start = Math.max(Math.min(fromByte, size), size - logTailBytes, 0);
  const buffer = Buffer.alloc(size - start);
  readSync(descriptor, buffer, 0, buffer.length, start);
  const lines = buffer.toString('utf8').trimEnd().split('\n').slice(-logTailLines);
  return lines.map((line) => line.slice(0, logTailLineLength)).join('\n');
}
