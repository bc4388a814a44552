// Looks at the system's processes. A process that has ended but that its new parent has not collected yet (a zombie)
// counts as gone: it holds no port and no file, and some containers take seconds to collect.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const isLinux = process.platform === 'linux';

/** Sends a signal to a process, or to a group when negative; false when there is none. 0 only asks. */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

interface Stat {
  /** One letter. */
  readonly state: string;
  readonly group: number;
  /** In clock ticks since the machine started. */
  readonly startedAt: string;
}

/** Undefined when there is no such process (Linux only). */
function readStat(pid: number | string): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything, so the fields are counted from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? 'X', group: Number(fields[2]), startedAt: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

const hasEnded = (state: string) => state === 'Z' || state === 'X';

/** True while this process runs. */
export function isAlive(pid: number): boolean {
  if (!sendSignal(pid, 0)) return false;
  const stat = isLinux ? readStat(pid) : undefined;
  return !stat || !hasEnded(stat.state);
}

/** True while any process of this group runs. */
export function isGroupAlive(group: number): boolean {
  if (!sendSignal(-group, 0)) return false;
  if (!isLinux) return true;
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false;
    const stat = readStat(name);
    return stat !== undefined && stat.group === group && !hasEnded(stat.state);
  });
}

/** One column of `ps` for a process; empty when there is no such process. */
function psColumn(column: 'command' | 'pgid' | 'lstart', pid: number): string {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

/** True when this process is the leader of the group or was started by it (a wrapper around the real program). */
export function isOfGroup(pid: number, group: number): boolean {
  if (pid === group) return true;
  return (isLinux ? readStat(pid)?.group : Number(psColumn('pgid', pid))) === group;
}

/** When a process started: with its number this tells it from a later one of the same number. Empty when it is gone. */
export function startOf(pid: number): string {
  if (!isAlive(pid)) return '';
  return isLinux ? (readStat(pid)?.startedAt ?? '') : psColumn('lstart', pid);
}

/** The command line of a process; empty when there is no such process. */
export function commandLine(pid: number): string {
  if (!isLinux) return psColumn('command', pid);
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
