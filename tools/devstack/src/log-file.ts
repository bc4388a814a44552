/**
 * One log file per process: appended to, rotated by size at start, its tail shown when the process fails.
 */
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { logRotateBytes, logTailBytes, logTailLineLength, logTailLines } from './limits.ts';

/** Opens a log for appending and returns its descriptor, to be closed by the caller. */
export function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path) && statSync(path).size > logRotateBytes) renameSync(path, `${path}.1`);
  return openSync(path, 'a');
}

/** The last lines of a log, at most 20, without what was there before `fromByte`. */
export function logTail(path: string, fromByte = 0): string {
  if (!existsSync(path)) return '';
  const size = statSync(path).size;
  const start = Math.max(Math.min(fromByte, size), size - logTailBytes, 0);
  const buffer = Buffer.alloc(size - start);
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, buffer, 0, buffer.length, start);
  } finally {
    closeSync(descriptor);
  }
  const lines = buffer.toString('utf8').trimEnd().split('\n').slice(-logTailLines);
  return lines.map((line) => line.slice(0, logTailLineLength)).join('\n');
}
