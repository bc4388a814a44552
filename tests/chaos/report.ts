// What a chaos run has to say, as numbers and as a table for people.
import { type Attempt, type CheckReport, describeViolation, invariants } from '@holdfast/checker';
import type { Kill, Rampage } from './nemesis-acts.ts';

export type Recovery = {
  /** Milliseconds from each kill to the first order that was placed after it and decided, anywhere. */
  anyMs: { p50: number; max: number };
  /** The same, for the tenant that waited longest. */
  everyTenantMs: { p50: number; max: number };
};

export type ChaosReport = {
  seed: number;
  minutes: number;
  rampage: Rampage;
  history: readonly Attempt[];
  connections: number;
  heard: number;
  recovery: Recovery;
  check: CheckReport;
  /** What is wrong beside the invariants: a process that did not come back, a socket that stayed deaf. */
  flaws: readonly string[];
};

/** How long after each kill orders were decided again; a kill after which nothing was is as long as the run. */
export function measureRecovery(kills: readonly Kill[], history: readonly Attempt[]): Recovery {
  const decided = history.filter(({ operation, decision }) => operation === 'place' && decision !== undefined);
  const byTenant = [...Map.groupBy(decided, (attempt) => attempt.tenantId).values()];
  const endMs = Math.max(0, ...history.map((attempt) => attempt.answeredAt));
  const firstAfter = (attempts: readonly Attempt[], at: number) =>
    attempts.reduce(
      (least, { sentAt, answeredAt }) => (sentAt >= at ? Math.min(least, answeredAt - at) : least),
      endMs - at,
    );
  const any = kills.map(({ at }) => firstAfter(decided, at));
  const every = kills.map(({ at }) => Math.max(...byTenant.map((attempts) => firstAfter(attempts, at))));
  return { anyMs: spread(any), everyTenantMs: spread(every) };
}

function spread(values: readonly number[]): { p50: number; max: number } {
  if (values.length === 0) return { p50: 0, max: 0 };
  const sorted = values.toSorted((a, b) => a - b);
  return { p50: sorted[Math.floor((sorted.length - 1) / 2)]!, max: sorted.at(-1)! };
}

/** True when nothing at all is wrong. */
export function isSound({ check, flaws }: ChaosReport): boolean {
  return check.total === 0 && flaws.length === 0;
}

/** The table, and when something is wrong what it is, with everything that it takes to run it again. */
export function printReport(report: ChaosReport, print: (line: string) => void): void {
  for (const [name, value] of rowsOf(report)) print(`  ${name.padEnd(44)} ${value}`);
  if (isSound(report)) {
    print('  nothing lost, nothing twice, nothing oversold');
    return;
  }
  for (const flaw of report.flaws) print(`  FLAW ${flaw}`);
  for (const violation of report.check.violations.slice(0, 40)) print(`  VIOLATION ${describeViolation(violation)}`);
  print(`  again: npm run chaos -- --minutes ${report.minutes} --seed ${report.seed}`);
  for (const { atMs, what } of report.rampage.schedule) print(`  ${(atMs / 1_000).toFixed(1).padStart(7)} s ${what}`);
}

function rowsOf({ rampage, history, connections, heard, recovery, check }: ChaosReport): [string, string | number][] {
  const { seen, counts } = check;
  const killed = rampage.kills.flatMap(({ names }) => names);
  const results = Map.groupBy(history, (attempt) => attempt.result);
  const count = (result: Attempt['result']) => results.get(result)?.length ?? 0;
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;
  return [
    ['acts of the nemesis', rampage.schedule.length],
    ['kills (processes)', killed.length],
    ['attempts: ok / failed / unknown', `${count('ok')} / ${count('failed')} / ${count('unknown')}`],
    ['acknowledged (keys with a 2xx)', seen.history.acknowledged],
    ['lost', seen.history.lost],
    ['duplicated', seen.history.duplicated + counts.I6],
    ['oversold units', seen.stock.oversoldUnits],
    ['orders, movements, events looked at', `${seen.orders}, ${seen.stock.movements}, ${seen.log.events}`],
    ['socket messages, connections', `${heard}, ${connections}`],
    ['dead letters (all of them forged)', seen.deadLetters],
    ['longest event delay', seconds(seen.log.longestDelayMs)],
    ['first success after a kill: p50, max', `${seconds(recovery.anyMs.p50)}, ${seconds(recovery.anyMs.max)}`],
    ['  of every tenant: p50, max', `${seconds(recovery.everyTenantMs.p50)}, ${seconds(recovery.everyTenantMs.max)}`],
    ['violations', invariants.map((invariant) => `${invariant} ${counts[invariant]}`).join('  ')],
  ];
}
