// Leaves no process behind even when this one is killed with SIGKILL: a small shell script holds the other end of a
// pipe and stops every registered process group once the pipe closes. One per Node process, started with the first
// registration.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

let watchdog: ChildProcess | undefined;

function pipe(): ChildProcess {
  if (watchdog?.stdin?.writable) return watchdog;
  watchdog = spawn('/bin/sh', [join(import.meta.dirname, 'watchdog.sh')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // It must never keep this process alive, and its loss must never fail a start.
  watchdog.on('error', () => undefined);
  watchdog.stdin?.on('error', () => undefined);
  watchdog.unref();
  if (watchdog.stdin && 'unref' in watchdog.stdin && typeof watchdog.stdin.unref === 'function') watchdog.stdin.unref();
  return watchdog;
}

/** From now on the process group of `pid` dies with this process. */
export function watchGroup(pid: number): void {
  pipe().stdin?.write(`+${pid}\n`);
}

/** The process group of `pid` is gone; its number may be used again by somebody else. */
export function unwatchGroup(pid: number): void {
  pipe().stdin?.write(`-${pid}\n`);
}
