// CPU time of processes, as the kernel counted it, in microseconds.
// All threads and reaped children of a process are in it.
import { readFileSync } from 'node:fs';

/** Process ids by the name under which they are reported. */
export type Processes = Readonly<Record<string, number>>;
export type CpuTimes = Readonly<Record<string, number>>;

/** /proc counts in hundredths of a second on every Linux that Node runs on. */
const usPerTick = 10_000;

function cpuUsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name may hold blanks and brackets; the fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0);
  return ticks * usPerTick;
}

/** What each process has used so far; throws when one is gone. */
export function readCpu(processes: Processes): CpuTimes {
  return Object.fromEntries(Object.entries(processes).map(([name, pid]) => [name, cpuUsOf(pid)]));
}

/** What each process used since `before`, per `count` of something. */
export function cpuPer(count: number, before: CpuTimes, after: CpuTimes): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([name, us]) => [name, (us - (before[name] ?? 0)) / count]));
}

/** Sum of all processes. */
export function cpuSum(times: CpuTimes): number {
  return Object.values(times).reduce((sum, us) => sum + us, 0);
}

/** Resident memory of each process, MiB. */
export function readMemory(processes: Processes): Record<string, number> {
  return Object.fromEntries(
    Object.entries(processes).map(([name, pid]) => {
      const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      return [name, Math.round(Number(kib ?? 0) / 1024)];
    }),
  );
}
